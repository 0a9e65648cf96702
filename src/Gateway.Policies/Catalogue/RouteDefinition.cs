using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>One entry of <c>routes.yaml</c>: a name that clients may ask for and the models that may answer.</summary>
public sealed record RouteDefinition
{
    /// <summary>The key in the file: visible ASCII without a slash, at most 64 characters.</summary>
    public required string Name { get; init; }

    /// <summary>For people; null when the file is silent.</summary>
    public string? Description { get; init; }

    /// <summary>The models, best first, without repetition. Never empty when loaded from files.</summary>
    public required ImmutableArray<ModelCard> Candidates { get; init; }
}
