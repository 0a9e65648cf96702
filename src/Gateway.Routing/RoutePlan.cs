using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Where a request may go, best first.</summary>
/// <param name="Route">The route's name, or what the client asked for when that names a model.</param>
/// <param name="Candidates">At least one; tried in this order.</param>
/// <param name="Strategy">What put them in order; <see cref="RoutingStrategy.Ordered"/> when the client asked for a model.</param>
/// <param name="Reason">Why the first one is the first.</param>
/// <param name="Scores">Every candidate that was considered: those of the plan in its order, then the excluded ones.</param>
/// <param name="Profile">What the request looks like.</param>
public sealed record RoutePlan(
    string Route,
    ImmutableArray<ModelCard> Candidates,
    RoutingStrategy Strategy,
    RoutingReason Reason,
    ImmutableArray<CandidateScore> Scores,
    RequestProfile Profile);
