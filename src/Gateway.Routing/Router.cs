using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>
/// Turns the name in a request into a plan. A name is, in this order: a route; <c>provider/model</c>, which pins one model; a bare
/// model name, which every provider that has it may serve, in the order of the file.
/// </summary>
public static class Router
{
    /// <param name="policies">The snapshot that the whole request uses.</param>
    /// <param name="name">The <c>model</c> of the request.</param>
    /// <param name="key">The caller's key; null when the gateway runs without keys.</param>
    public static RoutingDecision Plan(PolicySnapshot policies, string name, VirtualKey? key)
    {
        if (policies.FindRoute(name) is { } route)
        {
            return key is null || key.MayUse(route)
                ? new RoutingDecision(new RoutePlan(route.Name, route.Candidates), RoutingRefusal.None)
                : new RoutingDecision(null, RoutingRefusal.NotAllowed);
        }

        var models = policies.FindModel(name) is { } pinned ? [pinned] : policies.FindModelsNamed(name);
        if (models.IsEmpty)
        {
            return new RoutingDecision(null, RoutingRefusal.UnknownModel);
        }

        var allowed = key is null ? models : [.. models.Where(key.MayUse)];
        return allowed.IsEmpty
            ? new RoutingDecision(null, RoutingRefusal.NotAllowed)
            : new RoutingDecision(new RoutePlan(name, allowed), RoutingRefusal.None);
    }
}
