using Gateway.Contracts.Errors;
using Gateway.Routing;

namespace Gateway.Pipeline;

/// <summary>Works out who may answer.</summary>
public sealed class PlanStage(ObservationBoard observations, GatewayLoad load, TimeProvider time)
{
    private const int ShownNameLength = 100;

    public void Run(GatewayRequest request)
    {
        var question = Describe(request);
        var decision = Router.Plan(question);
        request.Plan = decision.HasPlan ? decision.Plan : throw Refuse(question.Name, decision);
    }

    /// <summary>All that the plan of this request depends on.</summary>
    public RoutingRequest Describe(GatewayRequest request) => new(
        request.Policies,
        request.Body!.Model,
        request.Key,
        RequestProfiler.Read(request.Body),
        observations.Current,
        load.PressureUnder(request.Policies.Failover),
        time.GetUtcNow());

    /// <summary>Why there is no plan, for the client.</summary>
    public static GatewayException Refuse(string name, in RoutingDecision decision)
    {
        var shown = name.Length <= ShownNameLength ? name : string.Concat(name.AsSpan(0, ShownNameLength), "...");
        return decision.Refusal switch
        {
            RoutingRefusal.NotAllowed => new GatewayException(ErrorCode.PolicyModelNotAllowed, $"Your API key does not cover the model '{shown}'.", "model"),
            RoutingRefusal.NoCandidate => new GatewayException(
                ErrorCode.CallerUnsupportedByRoute,
                $"No model of '{shown}' can do what the request asks for: {WhatTheyLack(decision)}. Leave that out, or ask for another model.",
                "model"),
            _ => new GatewayException(ErrorCode.CallerModelNotFound, $"The model '{shown}' does not exist. GET /v1/models lists routes and models.", "model"),
        };
    }

    private static string WhatTheyLack(in RoutingDecision decision) =>
        string.Join("; ", decision.Scores.Select(candidate => $"'{candidate.Model.QualifiedName}' {candidate.ExclusionDetail}"));
}
