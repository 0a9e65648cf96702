using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Routing;

namespace Gateway.Explaining;

/// <summary>The body of <c>POST /v1/route/explain</c>: what the router decided, and every number that it may decide by.</summary>
/// <param name="Route">The route, or the model asked for.</param>
/// <param name="Strategy">As in <c>routes.yaml</c>.</param>
/// <param name="Reason">Why the first candidate is the first; null when there is none.</param>
/// <param name="Refusal">What the client would be told; null when there is a plan.</param>
/// <param name="Pressure">How far the gateway is into its brown-out, 0 to 1.</param>
/// <param name="StickyModel">Who served the beginning of this prompt last, as far as the route cares.</param>
/// <param name="Candidates">Those of the plan in its order, then the excluded ones.</param>
public sealed record RouteExplanation(
    string Route,
    string Strategy,
    string? Reason,
    string? Refusal,
    double Pressure,
    string? StickyModel,
    ScoreTerms Terms,
    ProfileExplanation Profile,
    IReadOnlyList<CandidateExplanation> Candidates)
{
    /// <param name="request">What was decided on.</param>
    /// <param name="decision">From <see cref="Router.Explain"/>, with or without a plan.</param>
    public static RouteExplanation Of(in RoutingRequest request, in RoutingDecision decision)
    {
        var route = request.Policies.FindRoute(request.Name);
        return new RouteExplanation(
            request.Name,
            ExplanationNames.Of(route?.Strategy ?? RoutingStrategy.Ordered),
            decision.HasPlan ? ExplanationNames.Of(decision.Plan.Reason) : null,
            decision.HasPlan ? null : PlanStage.Refuse(request.Name, decision).Error.Message,
            request.Pressure,
            request.StickyModel(route),
            ScoreTerms.Of(route, request.Policies.Failover.BrownOut, request.Pressure),
            ProfileExplanation.Of(request.Profile, decision.Scores),
            [.. decision.Scores.Select(CandidateExplanation.Of)]);
    }
}
