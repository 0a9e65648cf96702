using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Where a request may go, best first.</summary>
/// <param name="Route">The route's name, or what the client asked for when that names a model.</param>
/// <param name="Candidates">At least one; tried in this order.</param>
public sealed record RoutePlan(string Route, ImmutableArray<ModelCard> Candidates)
{
    public RequestProfile Profile { get; init; } = new();
}
