using Gateway.Hosting;
using Gateway.Policies;

namespace Gateway.Rehearsal;

/// <summary>Reads the policies of a rehearsal.</summary>
internal static class RehearsalPolicies
{
    /// <exception cref="RehearsalException">They have errors; every one is listed.</exception>
    public static PolicySnapshot Load(string folder)
    {
        var result = PolicyLoader.Load(ConfiguredPath.Resolve(folder), new RehearsalEnvironment(), TimeProvider.System);
        return result.Snapshot ?? throw new RehearsalException([.. result.Errors.Select(error => $"error {error}")]);
    }
}
