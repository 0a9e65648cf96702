using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>What <c>routes.yaml</c> declares.</summary>
/// <param name="Routes">Those without errors, in the order of the file.</param>
/// <param name="Names">The names of all of them.</param>
internal sealed record DeclaredRoutes(ImmutableArray<DeclaredRoute> Routes, IReadOnlySet<string> Names)
{
    private readonly Dictionary<string, DeclaredRoute> _byName = Routes.ToDictionary(route => route.Definition.Name, StringComparer.Ordinal);

    /// <summary>The route, or null when it has errors or there is none.</summary>
    public DeclaredRoute? Find(string name) => _byName.GetValueOrDefault(name);
}
