using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>What <c>providers.yaml</c> declares.</summary>
/// <param name="Providers">Those without errors, in the order of the file.</param>
/// <param name="Models">Every declared model by qualified name, null where it has errors: naming such a one is no further error.</param>
/// <param name="BareNames">The names of the models without their providers.</param>
internal sealed record DeclaredProviders(
    ImmutableArray<ProviderDefinition> Providers,
    IReadOnlyDictionary<string, ModelCard?> Models,
    IReadOnlySet<string> BareNames);
