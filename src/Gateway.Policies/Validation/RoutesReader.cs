using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads <c>routes.yaml</c>.</summary>
internal static class RoutesReader
{
    private const string Example = "Write at least one route, such as 'auto: { candidates: [ local/gateway-demo ] }'";

    /// <param name="file">The top level of the file.</param>
    /// <param name="providers">What candidates may name; null when that file cannot be read, and then candidates are not looked up.</param>
    public static DeclaredRoutes Read(Section file, DeclaredProviders? providers)
    {
        file.RefuseOthers("routes");
        var routes = ImmutableArray.CreateBuilder<DeclaredRoute>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (file.Require("routes", Example) is { } field && field.AsSection() is { } section)
        {
            foreach (var (key, name, value) in section.Entries)
            {
                names.Add(key);
                CheckName(key, name);
                if (RouteReader.Read(key, value, providers) is { } route)
                {
                    routes.Add(route);
                }
            }

            if (names.Count == 0)
            {
                field.Error("There is no route.", Example);
            }
        }

        return new DeclaredRoutes(routes.ToImmutable(), names);
    }

    private static void CheckName(string key, Field name)
    {
        if (key.Contains('/', StringComparison.Ordinal))
        {
            var without = key.Replace('/', '-').Trim('-');
            name.Error(
                $"{Quote.Of(key)} cannot name a route: with a slash it names a model of a provider.",
                without.Length > 0 ? $"Did you mean {Quote.Of(without)}?" : Names.RouteRule);
        }
        else if (!Names.IsRoute(key))
        {
            name.Error($"{Quote.Of(key)} cannot name a route.", Names.RouteRule);
        }
    }
}
