using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>
/// Puts models in the place of the routes that fallbacks name: the route's candidates, then who takes over for that route itself after the
/// same kind of failure, and so on. Only what a route's own section says leads on: what it takes from the defaults would often lead back.
/// </summary>
internal sealed class FallbackChains(FailoverSections sections)
{
    /// <summary>Without repetition, in the order in which they take over.</summary>
    public ImmutableArray<ModelCard> Expand(FailureKind kind, FallbackList list)
    {
        var models = new OrderedDictionary<string, ModelCard>(StringComparer.Ordinal);
        Append(kind, list, models, new HashSet<string>(StringComparer.Ordinal));
        return [.. models.Values];
    }

    /// <summary>What the route's own section says of this kind, or null.</summary>
    public FallbackList? Next(string route, FailureKind kind) =>
        sections.Routes.GetValueOrDefault(route)?.Fallbacks.ByKind.GetValueOrDefault(kind);

    private void Append(FailureKind kind, FallbackList list, OrderedDictionary<string, ModelCard> models, HashSet<string> seen)
    {
        foreach (var entry in list.Entries)
        {
            if (entry.Model is { } model)
            {
                models.TryAdd(model.QualifiedName, model);
            }
            else if (entry.Route is { Definition: var route } && seen.Add(route.Name) && seen.Count <= FallbackCycles.MaxRoutes)
            {
                foreach (var candidate in route.Candidates)
                {
                    models.TryAdd(candidate.QualifiedName, candidate);
                }

                if (Next(route.Name, kind) is { } next)
                {
                    Append(kind, next, models, seen);
                }
            }
        }
    }
}
