using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>One entry of <c>providers.yaml</c>: who serves models, where, and in which dialect.</summary>
public sealed record ProviderDefinition
{
    /// <summary>The key in the file: lower-case letters, digits, '.', '_' and '-', at most 64 characters.</summary>
    public required string Name { get; init; }

    public required ProviderDialect Dialect { get; init; }

    /// <summary>
    /// How to reach the provider; null for <see cref="ProviderDialect.Local"/>, which is this process, and for no other.
    /// </summary>
    public UpstreamDefinition? Upstream { get; init; }

    /// <summary>The models, in the order of the file. Never empty when loaded from files.</summary>
    public required ImmutableArray<ModelCard> Models { get; init; }
}
