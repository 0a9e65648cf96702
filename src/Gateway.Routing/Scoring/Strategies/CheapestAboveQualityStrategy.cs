using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>The cheapest first of those that reach <c>minQuality</c>; behind them the others, the one that misses it least first.</summary>
internal sealed class CheapestAboveQualityStrategy : IRankingStrategy
{
    public RoutingStrategy Name => RoutingStrategy.CheapestAboveQuality;

    public RoutingReason Reason => RoutingReason.Cost;

    public EstimateKinds Needs(in ScoreTerms terms) => EstimateKinds.Cost;

    /// <summary>Without any known price they are all the same.</summary>
    public double Key(CandidateScore candidate, RouteDefinition? route, RequestProfile profile) =>
        candidate.Demotion == Demotion.BelowMinQuality ? -candidate.Quality!.Value : candidate.CostUsd ?? 0;

    public double StickyTolerance(in ScoreTerms terms) => double.PositiveInfinity;
}
