using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>The fastest first of those within <c>maxCostUsd</c>; behind them the others, the one that exceeds it least first.</summary>
internal sealed class FastestWithinBudgetStrategy : IRankingStrategy
{
    public RoutingStrategy Name => RoutingStrategy.FastestWithinBudget;

    public RoutingReason Reason => RoutingReason.Latency;

    public EstimateKinds Needs(in ScoreTerms terms) => EstimateKinds.Latency;

    public double Key(CandidateScore candidate, RouteDefinition? route, RequestProfile profile) =>
        candidate.Demotion == Demotion.AboveMaxCost ? candidate.CostUsd!.Value : candidate.LatencySeconds!.Value;

    public double StickyTolerance(in ScoreTerms terms) => double.PositiveInfinity;
}
