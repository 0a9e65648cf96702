using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>A route with the places that later checks report about.</summary>
/// <param name="Definition">What the file says.</param>
/// <param name="Candidates">Beside each candidate of the definition, where it is listed.</param>
internal sealed record DeclaredRoute(RouteDefinition Definition, ImmutableArray<Field> Candidates)
{
    /// <summary>Those that a request may be sent to first: any, unless the route is ordered.</summary>
    public IEnumerable<ModelCard> FirstCandidates =>
        Definition.Strategy == RoutingStrategy.Ordered ? Definition.Candidates.Take(1) : Definition.Candidates;
}
