namespace Gateway.Policies.Tests;

internal sealed class FakeEnvironment : Dictionary<string, string>, IEnvironment
{
    public string? GetVariable(string name) => this.GetValueOrDefault(name);
}
