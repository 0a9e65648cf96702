using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Whether the fallbacks of a section can ever help.</summary>
internal sealed class FallbackChecks(FailoverSections sections, FallbackChains chains)
{
    /// <summary>Of a route's own section; what it takes from the defaults is written for others too.</summary>
    public void CheckRoute(DeclaredRoute route, FailoverSection section)
    {
        foreach (var (kind, list) in section.Fallbacks.ByKind)
        {
            var models = chains.Expand(kind, list);
            CheckEnd(route, kind, list, models);
            WarnOfReturn(kind, list, route.Definition.Candidates.Select(card => sections.ForAttempts(route.Definition.Name, card.Provider)));
            if (kind == FailureKind.ContextLength)
            {
                WarnOfSmallWindows(list, models, route.Definition.Candidates, everyOne: true);
            }
        }
    }

    /// <summary>Of the defaults, which hold for requests that name any of the models.</summary>
    public void CheckDefaults(IReadOnlyCollection<ModelCard> allModels)
    {
        foreach (var (kind, list) in sections.Defaults.Fallbacks.ByKind)
        {
            WarnOfReturn(
                kind,
                list,
                [sections.Defaults, .. sections.Providers.Values.Concat(sections.Routes.Values).Where(section => section.Actions.ByKind.ContainsKey(kind))]);
            if (kind == FailureKind.ContextLength)
            {
                WarnOfSmallWindows(list, chains.Expand(kind, list), allModels, everyOne: false);
            }
        }
    }

    private static void CheckEnd(DeclaredRoute route, FailureKind kind, FallbackList list, ImmutableArray<ModelCard> models)
    {
        // A list that names the route itself is reported as a circle.
        if (models is not [var only] || !route.FirstCandidates.Contains(only) || list.Entries.Any(entry => entry.Route == route))
        {
            return;
        }

        var message = $"When {Quote.Of(only.QualifiedName)} fails, nothing is left: no other model takes over.";
        if (route.FirstCandidates.Count() == 1)
        {
            list.At.Error(message, "Name another model, or remove the entry");
        }
        else if (kind != FailureKind.ContextLength)
        {
            // What does not fit the one with the largest window fits nobody, and that one may well be a candidate.
            list.At.Warning(message, "Name another model as well, or remove the entry so that the other candidates are tried");
        }
    }

    private static void WarnOfReturn(FailureKind kind, FallbackList list, IEnumerable<FailoverSection> attempts)
    {
        if (attempts.All(section => section.ResolveAttempts().ActionFor(kind) == FailureAction.Return))
        {
            list.At.Warning(
                $"It is never used: {FailureKindNames.Of(kind)} is returned to the client.",
                $"Write on: {{ {FailureKindNames.Of(kind)}: fail_over }}, or remove the entry");
        }
    }

    /// <summary>A candidate that is a fallback itself fails in its turn: it is no measure for the others.</summary>
    private static void WarnOfSmallWindows(FallbackList list, ImmutableArray<ModelCard> models, IEnumerable<ModelCard> candidates, bool everyOne)
    {
        var others = candidates.Except(models).ToList();
        foreach (var model in models)
        {
            var larger = others.Where(other => other.ContextWindow >= model.ContextWindow).ToList();
            if (larger.Count > 0 && (everyOne || larger.Count == others.Count))
            {
                list.At.Warning(
                    $"What does not fit {Quote.Of(larger[0].QualifiedName)} with its window of {larger[0].ContextWindow} "
                    + $"does not fit {Quote.Of(model.QualifiedName)} either: its window is {model.ContextWindow}.",
                    "Name a model with a larger window");
            }
        }
    }
}
