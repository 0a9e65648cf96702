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
        var routes = ImmutableArray.CreateBuilder<RouteDefinition>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (file.Require("routes", Example) is { } field && field.AsSection() is { } section)
        {
            foreach (var (key, name, value) in section.Entries)
            {
                names.Add(key);
                CheckName(key, name);
                if (ReadRoute(key, value, providers) is { } route)
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

    private static RouteDefinition? ReadRoute(string name, Field field, DeclaredProviders? providers)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("description", "candidates");
        var description = section.Find("description")?.AsText();
        const string Fix = "Write a list of provider/model names, best first, such as [ local/gateway-demo ]";
        if (section.Require("candidates", Fix) is not { } list || list.AsList() is not { } items)
        {
            return null;
        }

        if (items.IsEmpty)
        {
            list.Error("There is no candidate.", Fix);
        }

        var candidates = ImmutableArray.CreateBuilder<ModelCard>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item.AsText() is not { } candidate)
            {
                continue;
            }

            if (!seen.Add(candidate))
            {
                item.Error($"{Quote.Of(candidate)} is listed a second time.", "Remove it");
            }
            else if (FindCandidate(candidate, item, providers) is { } card)
            {
                candidates.Add(card);
            }
        }

        return new RouteDefinition { Name = name, Description = description, Candidates = candidates.ToImmutable() };
    }

    private static ModelCard? FindCandidate(string candidate, Field item, DeclaredProviders? providers)
    {
        if (providers is null)
        {
            return null;
        }

        if (providers.Models.TryGetValue(candidate, out var card))
        {
            return card;
        }

        var suffix = $"/{candidate}";
        var meant = providers.Models.Keys.FirstOrDefault(name => name.EndsWith(suffix, StringComparison.Ordinal))
            ?? Suggestion.Closest(candidate, providers.Models.Keys);
        item.Error(
            $"{Quote.Of(candidate)} is no model of {PolicyFiles.Providers}.",
            meant is not null ? $"Did you mean {Quote.Of(meant)}?" : $"Write provider/model, as declared in {PolicyFiles.Providers}");
        return null;
    }
}
