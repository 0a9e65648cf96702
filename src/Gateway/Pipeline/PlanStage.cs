using Gateway.Contracts.Errors;
using Gateway.Routing;

namespace Gateway.Pipeline;

/// <summary>Works out who may answer.</summary>
public sealed class PlanStage
{
    private const int ShownNameLength = 100;

    public void Run(GatewayRequest request)
    {
        var name = request.Body!.Model;
        var decision = Router.Plan(request.Policies, name, request.Key);
        request.Plan = decision.HasPlan ? decision.Plan : throw Refuse(name, decision.Refusal);
    }

    private static GatewayException Refuse(string name, RoutingRefusal refusal)
    {
        var shown = name.Length <= ShownNameLength ? name : string.Concat(name.AsSpan(0, ShownNameLength), "...");
        return refusal == RoutingRefusal.NotAllowed
            ? new GatewayException(ErrorCode.PolicyModelNotAllowed, $"Your API key does not cover the model '{shown}'.", "model")
            : new GatewayException(ErrorCode.CallerModelNotFound, $"The model '{shown}' does not exist. GET /v1/models lists routes and models.", "model");
    }
}
