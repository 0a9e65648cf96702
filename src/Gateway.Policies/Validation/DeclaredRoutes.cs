using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>What <c>routes.yaml</c> declares.</summary>
/// <param name="Routes">Those without errors, in the order of the file.</param>
/// <param name="Names">The names of all of them.</param>
internal sealed record DeclaredRoutes(ImmutableArray<RouteDefinition> Routes, IReadOnlySet<string> Names);
