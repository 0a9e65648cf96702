using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads one route.</summary>
internal static class RouteReader
{
    private const int MaxDollars = 1000;
    private const int MaxWeight = 1000;
    private const decimal MaxExploration = 0.5m;

    private static readonly ImmutableArray<(string Name, RoutingStrategy Value)> Strategies =
    [
        ("ordered", RoutingStrategy.Ordered),
        ("scored", RoutingStrategy.Scored),
        ("cheapest-above-quality", RoutingStrategy.CheapestAboveQuality),
        ("fastest-within-budget", RoutingStrategy.FastestWithinBudget),
        ("weighted", RoutingStrategy.Weighted),
    ];

    /// <summary>The route, or null when its strategy or one of its candidates is not known: what depends on them is then not judged.</summary>
    /// <param name="name">The route's name.</param>
    /// <param name="field">Its settings.</param>
    /// <param name="providers">What candidates may name; null when that file cannot be read, and then candidates are not looked up.</param>
    public static DeclaredRoute? Read(string name, Field field, DeclaredProviders? providers)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers(
            "description", "candidates", "strategy", "weights", "costScaleUsd", "latencyScaleSeconds",
            "minQuality", "maxCostUsd", "stickySeconds", "exploration");
        var description = section.Find("description")?.AsText();
        var strategy = section.Find("strategy") is { } choice ? choice.AsOneOf(Strategies) : RoutingStrategy.Ordered;
        var defaults = new RouteDefinition { Name = name, Candidates = [] };
        var route = defaults with
        {
            Description = description,
            Strategy = strategy ?? RoutingStrategy.Ordered,
            Weights = section.Find("weights") is { } weights ? ReadWeights(weights) : defaults.Weights,
            CostScaleUsd = section.Find("costScaleUsd")?.AsPositiveNumber(MaxDollars) ?? defaults.CostScaleUsd,
            LatencyScale = section.Find("latencyScaleSeconds")?.AsSeconds() ?? defaults.LatencyScale,
            MinQuality = section.Find("minQuality")?.AsNumber(0, 1),
            MaxCostUsd = section.Find("maxCostUsd")?.AsNumber(0, MaxDollars),
            StickyFor = section.Find("stickySeconds")?.AsSeconds(min: 0) ?? defaults.StickyFor,
            Exploration = section.Find("exploration")?.AsNumber(0, MaxExploration) ?? defaults.Exploration,
        };

        const string Fix = "Write a list of provider/model names, best first, such as [ local/gateway-demo ]";
        if (section.Require("candidates", Fix) is not { } list || list.AsList() is not { } items)
        {
            return null;
        }

        if (items.IsEmpty)
        {
            list.Error("There is no candidate.", Fix);
        }

        var candidates = new CandidatesReader(strategy, providers).Read(items);
        if (strategy is null || candidates.Cards.IsEmpty || candidates.Cards.Length < items.Length)
        {
            return null;
        }

        route = route with { Candidates = candidates.Cards, CandidateWeights = candidates.Weights };
        RouteChecks.Run(section, route);
        return new DeclaredRoute(route, candidates.Fields);
    }

    private static ScoreWeights ReadWeights(Field field)
    {
        var defaults = new ScoreWeights();
        if (field.AsSection() is not { } section)
        {
            return defaults;
        }

        section.RefuseOthers("quality", "cost", "latency");
        var weights = new ScoreWeights(
            section.Find("quality")?.AsNumber(0, MaxWeight) ?? defaults.Quality,
            section.Find("cost")?.AsNumber(0, MaxWeight) ?? defaults.Cost,
            section.Find("latency")?.AsNumber(0, MaxWeight) ?? defaults.Latency);
        if (weights is { Quality: 0, Cost: 0, Latency: 0 })
        {
            field.Error("Every weight is 0, so that nothing is left to decide by.", "Give at least one of quality, cost and latency a weight above 0");
        }

        return weights;
    }
}
