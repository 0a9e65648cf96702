using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>What <c>providers.yaml</c> declares.</summary>
/// <param name="Providers">Those without errors, in the order of the file.</param>
/// <param name="Names">The names of all of them.</param>
/// <param name="Models">Every declared model by qualified name, null where it has errors: naming such a one is no further error.</param>
/// <param name="BareNames">The names of the models without their providers.</param>
internal sealed record DeclaredProviders(
    ImmutableArray<ProviderDefinition> Providers,
    IReadOnlySet<string> Names,
    IReadOnlyDictionary<string, ModelCard?> Models,
    IReadOnlySet<string> BareNames)
{
    /// <summary>The model that the field names. Null when it has errors of its own, or when there is none, which is then reported.</summary>
    public ModelCard? FindModel(string name, Field field)
    {
        if (Models.TryGetValue(name, out var card))
        {
            return card;
        }

        var suffix = $"/{name}";
        var meant = Models.Keys.FirstOrDefault(known => known.EndsWith(suffix, StringComparison.Ordinal)) ?? Suggestion.Closest(name, Models.Keys);
        field.Error(
            $"{Quote.Of(name)} is no model of {PolicyFiles.Providers}.",
            meant is not null ? $"Did you mean {Quote.Of(meant)}?" : $"Write provider/model, as declared in {PolicyFiles.Providers}");
        return null;
    }
}
