using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>As listed. Nothing but a demotion changes the order: neither stickiness nor exploration.</summary>
internal sealed class OrderedStrategy : IRankingStrategy
{
    public RoutingStrategy Name => RoutingStrategy.Ordered;

    public RoutingReason Reason => RoutingReason.Ordered;

    public EstimateKinds Needs(in ScoreTerms terms) => EstimateKinds.None;

    public double Key(CandidateScore candidate, RouteDefinition? route, RequestProfile profile) => 0;

    public double StickyTolerance(in ScoreTerms terms) => 0;
}
