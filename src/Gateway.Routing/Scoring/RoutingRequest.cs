using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>All that a plan depends on.</summary>
/// <param name="Policies">The snapshot that the whole request uses.</param>
/// <param name="Name">The <c>model</c> of the request.</param>
/// <param name="Key">The caller's key; null when the gateway runs without keys.</param>
/// <param name="Profile">What the request needs and looks like.</param>
/// <param name="Observations">What is known about the models.</param>
/// <param name="Pressure">How far the gateway is into its brown-out: 0 to 1.</param>
/// <param name="Now">The moment of the decision.</param>
public readonly record struct RoutingRequest(
    PolicySnapshot Policies,
    string Name,
    VirtualKey? Key,
    RequestProfile Profile,
    ObservationView Observations,
    double Pressure,
    DateTimeOffset Now)
{
    /// <summary>The model that served the beginning of this prompt last; null when none did, or the route does not care.</summary>
    /// <param name="route">Null when the client asked for a model.</param>
    public string? StickyModel(RouteDefinition? route) =>
        route is { Strategy: not RoutingStrategy.Ordered } && route.StickyFor > TimeSpan.Zero
            ? Observations.StickyModel(Profile.PrefixHash, Now, route.StickyFor)
            : null;
}
