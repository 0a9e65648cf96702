using System.Collections.Immutable;

namespace Gateway.Budgets;

/// <summary>All managed keys at one moment.</summary>
/// <param name="Version">Another one after each change; empty while there never was a key.</param>
/// <param name="Keys">In the ordinal order of their ids.</param>
public sealed record KeySet(string Version, ImmutableArray<ManagedKey> Keys)
{
    public static KeySet Empty { get; } = new("", []);
}
