namespace Gateway.Policies.Validation;

/// <summary>Whether a route's settings go together: what its strategy needs, what it ignores, and what its models lack.</summary>
internal static class RouteChecks
{
    public static void Run(Section section, RouteDefinition route)
    {
        CheckNeeds(section, route);
        WarnOfIgnored(section, route);
        WarnOfUnknownCosts(section, route);
        WarnOfUnknownQuality(section, route);
        WarnOfMixedKinds(section, route);
        WarnOfOtherVectors(section, route);
    }

    private static void CheckNeeds(Section section, RouteDefinition route)
    {
        if (route.Strategy == RoutingStrategy.CheapestAboveQuality)
        {
            section.Require("minQuality", "Write the least probability of a good answer that will do, such as 0.6");
        }
        else if (route.Strategy == RoutingStrategy.FastestWithinBudget)
        {
            section.Require("maxCostUsd", "Write the most that a request is expected to cost in US dollars, such as 0.02");
        }
    }

    private static void WarnOfIgnored(Section section, RouteDefinition route)
    {
        if (route.Strategy == RoutingStrategy.Ordered)
        {
            const string Message = "An ordered route ignores it: its candidates are always tried as listed.";
            Warn(["stickySeconds", "exploration"], Message, "Remove it, or write another strategy");
        }

        if (route.Strategy != RoutingStrategy.Scored)
        {
            Warn(["weights", "costScaleUsd", "latencyScaleSeconds"], "Only scored routes have use for it.", "Remove it, or write strategy: scored");
        }

        void Warn(ReadOnlySpan<string> keys, string message, string fix)
        {
            foreach (var key in keys)
            {
                section.Find(key)?.Warning(message, fix);
            }
        }
    }

    private static void WarnOfUnknownCosts(Section section, RouteDefinition route)
    {
        var comparesCosts = route.Strategy is RoutingStrategy.Scored or RoutingStrategy.CheapestAboveQuality or RoutingStrategy.FastestWithinBudget;
        if ((section.Find("maxCostUsd") ?? (comparesCosts ? section.Find("strategy") : null)) is { } reason
            && Listed(route, card => card.Prices is null) is { } names)
        {
            reason.Warning(
                $"The route compares costs, and those of {names} are not known.",
                $"Write their prices in {PolicyFiles.Providers}, zeros for what is free");
        }
    }

    private static void WarnOfUnknownQuality(Section section, RouteDefinition route)
    {
        if (section.Find("minQuality") is { } minQuality && Listed(route, card => card.Skills is null) is { } names)
        {
            minQuality.Warning(
                $"Whether {names} can reach it is not known: the file gives no skills.",
                $"Write their skills in {PolicyFiles.Providers}, such as skills: {{ general: 0.7 }}");
        }
    }

    private static void WarnOfMixedKinds(Section section, RouteDefinition route)
    {
        if (Listed(route, card => card.Kind == ModelKind.Embedding) is { } embedding && Listed(route, card => card.Kind == ModelKind.Chat) is { } chat)
        {
            section.Find("candidates")!.Value.Warning(
                $"The route mixes models that embed ({embedding}) and models that generate ({chat}): no request can go to both.",
                "Make a route of each kind");
        }
    }

    /// <summary>A vector says nothing but by its distance to others, and those of another model lie elsewhere.</summary>
    private static void WarnOfOtherVectors(Section section, RouteDefinition route)
    {
        if (route.Candidates.FirstOrDefault(card => card.Capabilities.HasFlag(ModelCapabilities.Embeddings)) is { } first
            && Listed(route, card => card.Capabilities.HasFlag(ModelCapabilities.Embeddings) && !card.HasVectorsOf(first)) is { } others)
        {
            section.Find("candidates")!.Value.Warning(
                $"Vectors of {others} cannot be compared with those of {Quote.Of(first.QualifiedName)}, so the route never asks for them.",
                "Give models the same name, or the same upstreamModel, where they are the same; or make a route of each");
        }
    }

    /// <summary>The candidates of which this is true, for a message; null when there are none.</summary>
    private static string? Listed(RouteDefinition route, Func<ModelCard, bool> predicate)
    {
        var names = route.Candidates.Where(predicate).Select(card => Quote.Of(card.QualifiedName)).ToList();
        return names.Count == 0 ? null : string.Join(", ", names);
    }
}
