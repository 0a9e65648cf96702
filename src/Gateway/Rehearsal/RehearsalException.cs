namespace Gateway.Rehearsal;

/// <summary>There is nothing to rehearse; every reason is listed, each with its fix.</summary>
internal sealed class RehearsalException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
