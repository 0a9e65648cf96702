using Gateway.Contracts.Errors;
using Gateway.Policies;
using Gateway.Routing;
using Gateway.Spending;

namespace Gateway.Pipeline;

/// <summary>Works out who may answer.</summary>
public sealed class PlanStage(ObservationBoard observations, GatewayLoad load, SpendingBoard spending, TimeProvider time)
{
    private const int ShownNameLength = 100;

    public void Run(GatewayRequest request)
    {
        var question = Describe(request);
        var decision = Router.Plan(question);
        var plan = decision.HasPlan ? decision.Plan : throw Refuse(question.Name, decision);
        request.Plan = request.Terms.MaxCost is { } max ? Affordable(plan, request.Policies, max) : plan;
    }

    /// <summary>All that the plan of this request depends on.</summary>
    public RoutingRequest Describe(GatewayRequest request)
    {
        request.Limits = request.Policies.Budgets.LimitsFor(SpendingScopes.Caller(request));
        var failover = request.Policies.Failover;
        return new RoutingRequest(
            request.Policies,
            request.Body!.Model,
            request.Key,
            RequestProfiler.Read(request.Body),
            observations.Current,
            Math.Max(load.PressureUnder(failover), spending.PressureUnder(failover, SpendingScopes.Partition(request), request.Limits)),
            time.GetUtcNow());
    }

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

    /// <summary>The plan without the models that can cost more than the client allows.</summary>
    private static RoutePlan Affordable(RoutePlan plan, PolicySnapshot policies, long maxCost)
    {
        var dearest = DearestPrices.Of(policies).Prices;
        var bounds = new CallBounds(plan, dearest, usualOutput: null);
        var candidates = plan.Candidates.RemoveAll(model => (model.Prices ?? dearest) is null || bounds.Most(model).Cost > maxCost);
        return candidates.Length == plan.Candidates.Length ? plan
            : !candidates.IsEmpty ? plan with { Candidates = candidates }
            : throw SpendingRefusals.TooDear(maxCost, plan.Candidates.Min(model => bounds.Most(model).Cost));
    }

    private static string WhatTheyLack(in RoutingDecision decision) =>
        string.Join("; ", decision.Scores.Select(candidate => $"'{candidate.Model.QualifiedName}' {candidate.ExclusionDetail}"));
}
