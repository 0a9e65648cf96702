using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>The models that a request may call.</summary>
internal static class CallableModels
{
    /// <summary>Those of its plan, and those that take their place after a failure.</summary>
    public static IEnumerable<ModelCard> Of(GatewayRequest request)
    {
        var plan = request.Plan!;
        var fallbacks = request.Policies.Failover.ForRoute(plan.Route).Fallbacks;
        return fallbacks.IsEmpty ? plan.Candidates : plan.Candidates.Concat(fallbacks.Values.SelectMany(models => models)).Distinct();
    }
}
