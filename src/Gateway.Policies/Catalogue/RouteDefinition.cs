using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>One entry of <c>routes.yaml</c>: a name that clients may ask for and the models that may answer.</summary>
public sealed record RouteDefinition
{
    /// <summary>The key in the file: visible ASCII without a slash, at most 64 characters.</summary>
    public required string Name { get; init; }

    /// <summary>For people; null when the file is silent.</summary>
    public string? Description { get; init; }

    /// <summary>The models, best first, without repetition. Never empty when loaded from files.</summary>
    public required ImmutableArray<ModelCard> Candidates { get; init; }

    public RoutingStrategy Strategy { get; init; } = RoutingStrategy.Ordered;

    public ScoreWeights Weights { get; init; } = new();

    /// <summary>c₀: the cost, in US dollars per request, that counts as much as a certain answer at equal weights. Above 0. The default value is 0.01.</summary>
    public double CostScaleUsd { get; init; } = 0.01;

    /// <summary>l₀: the latency that counts as much as a certain answer at equal weights. The default value is 10 seconds.</summary>
    public TimeSpan LatencyScale { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The least probability of a good answer, 0 to 1; candidates below it come last. Null for none; required by <see cref="RoutingStrategy.CheapestAboveQuality"/>.</summary>
    public double? MinQuality { get; init; }

    /// <summary>The most expected cost of a request in US dollars; dearer candidates come last. Null for none; required by <see cref="RoutingStrategy.FastestWithinBudget"/>.</summary>
    public double? MaxCostUsd { get; init; }

    /// <summary>For <see cref="RoutingStrategy.Weighted"/>: beside each candidate its weight, 0 to 1000; empty when all are 1.</summary>
    public ImmutableArray<double> CandidateWeights { get; init; } = [];

    /// <summary>
    /// How long requests that begin alike go to the candidate that served the first of them, so that its prompt cache is hit. Zero, the
    /// default, for not at all; at most an hour. An ordered route ignores it.
    /// </summary>
    public TimeSpan StickyFor { get; init; }

    /// <summary>The share of requests, 0 to 0.5, that goes first to a candidate about which too little is known. The default value is 0: none.</summary>
    public double Exploration { get; init; }
}
