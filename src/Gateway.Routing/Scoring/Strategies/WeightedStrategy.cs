using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>
/// By chance, in proportion to the weights: each candidate draws an exponential waiting time with its weight as the rate, and who waits
/// least comes first, which is sampling without replacement (Efraimidis and Spirakis 2006). The draws come from the request's fingerprint and
/// the candidate's name, so that a candidate that comes or goes moves no request between the others (weighted rendezvous hashing).
/// </summary>
internal sealed class WeightedStrategy : IRankingStrategy
{
    public RoutingStrategy Name => RoutingStrategy.Weighted;

    public RoutingReason Reason => RoutingReason.Weight;

    public EstimateKinds Needs(in ScoreTerms terms) => EstimateKinds.None;

    public double Key(CandidateScore candidate, RouteDefinition? route, RequestProfile profile)
    {
        var weight = route is { CandidateWeights.IsDefaultOrEmpty: false } ? route.CandidateWeights[candidate.Position] : 1;
        return -Math.Log(Chance.Draw(profile.Fingerprint, candidate.Model.QualifiedName)) / weight;
    }

    public double StickyTolerance(in ScoreTerms terms) => double.PositiveInfinity;
}
