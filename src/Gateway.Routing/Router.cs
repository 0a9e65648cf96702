using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>
/// Turns the name in a request into a plan. A name is, in this order: a route; <c>provider/model</c>, which pins one model; a bare
/// model name, which every provider that has it may serve, in the order of the file. The same request with the same policies and
/// observations gets the same plan, on every replica.
/// </summary>
public static class Router
{
    /// <summary>Works out what the route's strategy asks for, and no more.</summary>
    public static RoutingDecision Plan(in RoutingRequest request) => Decide(request, withEveryNumber: false);

    /// <summary>The same decision as <see cref="Plan"/>, with every number of every candidate, also those that nothing depended on.</summary>
    public static RoutingDecision Explain(in RoutingRequest request) => Decide(request, withEveryNumber: true);

    private static RoutingDecision Decide(in RoutingRequest request, bool withEveryNumber)
    {
        var key = request.Key;
        if (request.Policies.FindRoute(request.Name) is { } route)
        {
            return key is null || key.MayUse(route)
                ? Planner.Plan(request, route.Candidates, route, withEveryNumber)
                : RoutingDecision.Refused(RoutingRefusal.NotAllowed);
        }

        var models = Models(request.Policies, request.Name);
        if (models.IsEmpty)
        {
            return RoutingDecision.Refused(RoutingRefusal.UnknownModel);
        }

        var allowed = key is null ? models : [.. models.Where(key.MayUse)];
        return allowed.IsEmpty
            ? RoutingDecision.Refused(RoutingRefusal.NotAllowed)
            : Planner.Plan(request, allowed, route: null, withEveryNumber);
    }

    private static ImmutableArray<ModelCard> Models(PolicySnapshot policies, string name) =>
        policies.FindModel(name) is { } pinned ? [pinned] : policies.FindModelsNamed(name);
}
