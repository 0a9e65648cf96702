using System.Collections.Immutable;

namespace Gateway.Budgets;

/// <summary>All managed limits at one moment, deleted ones too.</summary>
/// <param name="Version">Another one after each change; empty while there never was one.</param>
/// <param name="Limits">In the ordinal order of their ids.</param>
public sealed record LimitSet(string Version, ImmutableArray<ManagedLimit> Limits);
