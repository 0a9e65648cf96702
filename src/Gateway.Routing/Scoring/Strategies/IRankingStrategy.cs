using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>What a route puts its candidates in order by. Stateless.</summary>
internal interface IRankingStrategy
{
    /// <summary>The strategy that this is.</summary>
    RoutingStrategy Name { get; }

    /// <summary>Why whoever it puts first is the first.</summary>
    RoutingReason Reason { get; }

    /// <summary>The numbers that it orders by.</summary>
    EstimateKinds Needs(in ScoreTerms terms);

    /// <summary>
    /// The least comes first; equal ones stay as listed. Infinity is for candidates that never go first while another one is left. Only
    /// candidates that are demoted alike are compared.
    /// </summary>
    double Key(CandidateScore candidate, RouteDefinition? route, RequestProfile profile);

    /// <summary>How much greater than the least key that of a sticky candidate may be to go first all the same.</summary>
    double StickyTolerance(in ScoreTerms terms);
}
