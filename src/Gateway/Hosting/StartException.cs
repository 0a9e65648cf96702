namespace Gateway.Hosting;

/// <summary>The gateway cannot start; every reason is listed, each with its fix.</summary>
public sealed class StartException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
