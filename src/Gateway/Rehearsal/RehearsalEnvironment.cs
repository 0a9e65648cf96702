using Gateway.Policies;

namespace Gateway.Rehearsal;

/// <summary>
/// The variables of this process, and for those that are not set a value that is good as a key and as an address: a rehearsal calls nobody, so it
/// needs no secrets.
/// </summary>
internal sealed class RehearsalEnvironment : IEnvironment
{
    private const string NotSet = "https://not-set.invalid/v1";

    private readonly ProcessEnvironment _process = new();

    public string GetVariable(string name) => _process.GetVariable(name) is { Length: > 0 } value ? value : NotSet;
}
