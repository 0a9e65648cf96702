using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>The best score first.</summary>
internal sealed class ScoredStrategy : IRankingStrategy
{
    /// <summary>
    /// At the default weights as much as seven points of quality, or two tenths of a cent: what the estimates cannot tell apart is no
    /// reason to leave a cache behind.
    /// </summary>
    private const double StickyShareOfWeights = 0.05;

    public RoutingStrategy Name => RoutingStrategy.Scored;

    public RoutingReason Reason => RoutingReason.Score;

    public EstimateKinds Needs(in ScoreTerms terms) =>
        EstimateKinds.Score
        | (terms.QualityWeight > 0 ? EstimateKinds.Quality : EstimateKinds.None)
        | (terms.CostWeight > 0 ? EstimateKinds.Cost : EstimateKinds.None)
        | (terms.LatencyWeight > 0 ? EstimateKinds.Latency : EstimateKinds.None);

    public double Key(CandidateScore candidate, RouteDefinition? route, RequestProfile profile) => -candidate.Score!.Value;

    public double StickyTolerance(in ScoreTerms terms) => StickyShareOfWeights * (terms.QualityWeight + terms.CostWeight + terms.LatencyWeight);
}
