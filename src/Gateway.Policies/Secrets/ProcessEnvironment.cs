namespace Gateway.Policies;

/// <summary>The environment variables of this process.</summary>
public sealed class ProcessEnvironment : IEnvironment
{
    public string? GetVariable(string name) => Environment.GetEnvironmentVariable(name);
}
