using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads <c>failover.yaml</c> and resolves it for every provider and route.</summary>
internal sealed class FailoverReader
{
    private const int MaxNamesInAFix = 10;

    private readonly DeclaredProviders? _providers;
    private readonly DeclaredRoutes? _routes;

    private FailoverReader(DeclaredProviders? providers, DeclaredRoutes? routes)
    {
        _providers = providers;
        _routes = routes;
    }

    /// <param name="file">The top level of the file; null when there is none, and then the routes are still checked against the defaults.</param>
    /// <param name="providers">What sections and fallbacks may name; null when unknown, and then names are not looked up.</param>
    /// <param name="routes">What sections and fallbacks may name; null when unknown, and then names are not looked up.</param>
    public static FailoverPolicy Read(Section? file, DeclaredProviders? providers, DeclaredRoutes? routes)
    {
        var reader = new FailoverReader(providers, routes);
        file?.RefuseOthers("defaults", "providers", "routes", "retryBudget", "brownOut");
        var sections = new FailoverSections(
            Given(file, "defaults") is { } defaults ? FailoverSection.Read(defaults, FailoverSection.AllKeys, providers, routes) : FailoverSection.Empty,
            reader.ReadNamed(Given(file, "providers"), FailoverSection.ProviderKeys, providers?.Names, $"provider of {PolicyFiles.Providers}"),
            reader.ReadNamed(Given(file, "routes"), FailoverSection.RouteKeys, routes?.Names, $"route of {PolicyFiles.Routes}"));
        var chains = new FallbackChains(sections);
        reader.Check(sections, chains);
        return reader.Resolve(sections, chains) with
        {
            RetryBudget = Given(file, "retryBudget") is { } budget ? RetryBudgetReader.Read(budget) : RetryBudgetPolicy.Default,
            BrownOut = Given(file, "brownOut") is { } brownOut ? BrownOutReader.Read(brownOut) : null,
        };
    }

    /// <summary>The value of the key; null also when all that follows it is commented out.</summary>
    private static Field? Given(Section? file, string key) => file is null || file.IsBlank(key) ? null : file.Find(key);

    private Dictionary<string, FailoverSection> ReadNamed(Field? field, ImmutableArray<string> keys, IReadOnlySet<string>? known, string what)
    {
        var sections = new Dictionary<string, FailoverSection>(StringComparer.Ordinal);
        foreach (var (key, name, value) in field?.AsSection()?.Entries ?? [])
        {
            if (known is not null && !known.Contains(key))
            {
                name.Error(
                    $"{Quote.Of(key)} is no {what}.",
                    Suggestion.Closest(key, known) is { } meant
                        ? $"Did you mean {Quote.Of(meant)}?"
                        : $"Choose from {string.Join(", ", known.Take(MaxNamesInAFix).Select(Quote.Plain))}");
            }

            sections.Add(key, FailoverSection.Read(value, keys, _providers, _routes));
        }

        return sections;
    }

    private void Check(FailoverSections sections, FallbackChains chains)
    {
        FallbackCycles.Check(sections, chains);
        var limits = new LimitChecks(sections);
        var fallbacks = new FallbackChecks(sections, chains);
        var reach = new ReachChecks(sections, chains);
        foreach (var provider in _providers?.Names ?? FrozenSet<string>.Empty)
        {
            limits.Check(route: null, provider);
        }

        foreach (var route in _routes?.Routes ?? [])
        {
            reach.Check(route);
            if (sections.Routes.TryGetValue(route.Definition.Name, out var section))
            {
                fallbacks.CheckRoute(route, section);
                foreach (var provider in ProvidersOf(route, sections, chains))
                {
                    limits.Check(route.Definition.Name, provider);
                }
            }
        }

        if (_providers is not null)
        {
            fallbacks.CheckDefaults([.. _providers.Models.Values.OfType<ModelCard>()]);
        }
    }

    private FailoverPolicy Resolve(FailoverSections sections, FallbackChains chains)
    {
        var routes = (_routes?.Routes ?? []).Where(route => sections.Routes.ContainsKey(route.Definition.Name)).ToList();
        return new FailoverPolicy
        {
            Requests = sections.ForRequests(null).ResolveRequests(chains),
            RouteOverrides = routes.ToFrozenDictionary(
                route => route.Definition.Name,
                route => sections.ForRequests(route.Definition.Name).ResolveRequests(chains),
                StringComparer.Ordinal),
            Attempts = sections.Defaults.ResolveAttempts(),
            ProviderOverrides = sections.Providers.ToFrozenDictionary(
                provider => provider.Key,
                provider => provider.Value.Over(sections.Defaults).ResolveAttempts(),
                StringComparer.Ordinal),
            RouteProviderOverrides = routes
                .SelectMany(route => ProvidersOf(route, sections, chains).Select(provider => (Route: route.Definition.Name, Provider: provider)))
                .ToFrozenDictionary(pair => pair, pair => sections.ForAttempts(pair.Route, pair.Provider).ResolveAttempts()),
            Breaker = sections.Defaults.Breaker.Resolve(),
            BreakerOverrides = sections.Providers
                .Where(provider => provider.Value.Breaker != BreakerSettings.None)
                .ToFrozenDictionary(
                    provider => provider.Key,
                    provider => provider.Value.Breaker.Over(sections.Defaults.Breaker).Resolve(),
                    StringComparer.Ordinal),
        };
    }

    /// <summary>Whom requests on the route may be sent to: the providers of its candidates and of its fallbacks.</summary>
    private static IEnumerable<string> ProvidersOf(DeclaredRoute route, FailoverSections sections, FallbackChains chains) =>
        route.Definition.Candidates
            .Concat(sections.ForRequests(route.Definition.Name).Fallbacks.ByKind.SelectMany(entry => chains.Expand(entry.Key, entry.Value)))
            .Select(card => card.Provider)
            .Distinct(StringComparer.Ordinal);
}
