using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>What a section of <c>failover.yaml</c> says under <c>fallbacks</c>: who takes over after some of the kinds of failure.</summary>
internal sealed record FallbackSettings(ImmutableDictionary<FailureKind, FallbackList> ByKind)
{
    public static FallbackSettings None { get; } = new(ImmutableDictionary<FailureKind, FallbackList>.Empty);

    /// <param name="field">The mapping from kinds of failure to lists.</param>
    /// <param name="providers">Models that a list may name; null when unknown, and then models are not looked up.</param>
    /// <param name="routes">Routes that a list may name; null when unknown, and then routes are not looked up.</param>
    public static FallbackSettings Read(Field field, DeclaredProviders? providers, DeclaredRoutes? routes)
    {
        if (field.AsSection() is not { } section)
        {
            return None;
        }

        section.RefuseOthers([.. FailureKindNames.All.Select(kind => kind.Name)]);
        var byKind = ImmutableDictionary.CreateBuilder<FailureKind, FallbackList>();
        foreach (var (name, kind) in FailureKindNames.All)
        {
            if (section.Find(name) is { } list && FallbackList.Read(list, providers, routes) is { } fallbacks)
            {
                byKind.Add(kind, fallbacks);
            }
        }

        return new FallbackSettings(byKind.ToImmutable());
    }

    /// <summary>Kind by kind the list that stands here, else the one that stands below; lists are not joined.</summary>
    public FallbackSettings Over(FallbackSettings below) => new(below.ByKind.SetItems(ByKind));
}
