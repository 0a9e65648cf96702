using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Where a request may go, best first.</summary>
/// <param name="Route">The route's name, or what the client asked for when that names a model.</param>
/// <param name="Candidates">At least one; tried in this order.</param>
public sealed record RoutePlan(string Route, ImmutableArray<ModelCard> Candidates)
{
    /// <summary>What put them in order; <see cref="RoutingStrategy.Ordered"/> when the client asked for a model.</summary>
    public RoutingStrategy Strategy { get; init; }

    /// <summary>Why the first one is the first.</summary>
    public RoutingReason Reason { get; init; }

    /// <summary>Every candidate that was considered: those of the plan in its order, then the excluded ones.</summary>
    public ImmutableArray<CandidateScore> Scores { get; init; } = [];

    /// <summary>What the request needs and looks like.</summary>
    public required RequestProfile Profile { get; init; }

    /// <summary>
    /// Whether a model that is none of the candidates may answer in their place: it is of the request's kind, and if that is embeddings, its vectors
    /// can be compared with those of the candidates.
    /// </summary>
    public bool Admits(ModelCard model) =>
        Constraints.WrongKind(Profile, model) is null
        && (!Profile.Needs.HasFlag(ModelCapabilities.Embeddings) || model.HasVectorsOf(Candidates[0]));
}
