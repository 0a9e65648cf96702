using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>How the newest state of the policy folder was received.</summary>
/// <param name="LastReloadAt">When the files were last loaded, accepted or not.</param>
/// <param name="Errors">Why the newest edit was refused; empty when <see cref="PolicyStore.Current"/> is what the files say.</param>
/// <param name="Warnings">What the newest edit leaves doubtful.</param>
/// <param name="Files">The policy files that were read, by name.</param>
public sealed record PolicyStatus(
    DateTimeOffset LastReloadAt,
    ImmutableArray<PolicyError> Errors,
    ImmutableArray<PolicyError> Warnings,
    ImmutableArray<string> Files)
{
    /// <summary>Whether the snapshot in use is what the files say now.</summary>
    public bool IsUpToDate => Errors.IsEmpty;
}
