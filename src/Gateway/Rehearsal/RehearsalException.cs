namespace Gateway.Rehearsal;

/// <summary>There is nothing to rehearse; every reason is listed, each with its fix.</summary>
internal sealed class RehearsalException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;

    /// <summary>Runs a verb; what is wrong with its files is told line by line, and the exit code is 1.</summary>
    public static async Task<int> ReportAsync(TextWriter error, Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (RehearsalException exception)
        {
            foreach (var problem in exception.Errors)
            {
                await error.WriteLineAsync(problem);
            }

            return 1;
        }
    }
}
