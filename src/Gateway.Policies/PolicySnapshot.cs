using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>
/// Everything the policy files say, validated as a whole and immutable. A request takes one snapshot at its start and
/// uses it to its end, so that it never sees half of an edit.
/// </summary>
public sealed record PolicySnapshot
{
    private readonly FrozenDictionary<string, ProviderDefinition> _providers;
    private readonly FrozenDictionary<string, RouteDefinition> _routes;
    private readonly FrozenDictionary<string, ModelCard> _models;
    private readonly FrozenDictionary<string, ImmutableArray<ModelCard>> _modelsByBareName;

    /// <summary>Indexes definitions that are already validated; <see cref="PolicyLoader"/> makes them from files.</summary>
    /// <exception cref="ArgumentException">Two providers, two models of a provider or two routes share a name.</exception>
    public PolicySnapshot(
        ImmutableArray<ProviderDefinition> providers,
        ImmutableArray<RouteDefinition> routes,
        VirtualKeys keys,
        string contentHash,
        DateTimeOffset loadedAt)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Providers = providers;
        Routes = routes;
        Keys = keys;
        ContentHash = contentHash;
        LoadedAt = loadedAt;

        var models = providers.SelectMany(provider => provider.Models).ToList();
        _providers = providers.ToFrozenDictionary(provider => provider.Name, StringComparer.Ordinal);
        _routes = routes.ToFrozenDictionary(route => route.Name, StringComparer.Ordinal);
        _models = models.ToFrozenDictionary(model => model.QualifiedName, StringComparer.Ordinal);
        _modelsByBareName = models
            .GroupBy(model => model.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
    }

    /// <summary>1 for the first snapshot of this process, one more for each accepted edit. Says nothing across replicas.</summary>
    public long Version { get; init; } = 1;

    /// <summary>
    /// SHA-256, in lower-case hex, over the policy files and the CA bundles they name. Replicas that read the same files
    /// have the same hash; values of environment variables are not part of it.
    /// </summary>
    public string ContentHash { get; }

    /// <summary>When this process accepted the files.</summary>
    public DateTimeOffset LoadedAt { get; }

    /// <summary>The providers, in the order of the file. Never empty when loaded from files.</summary>
    public ImmutableArray<ProviderDefinition> Providers { get; }

    /// <summary>The routes, in the order of the file.</summary>
    public ImmutableArray<RouteDefinition> Routes { get; }

    /// <summary>The virtual keys; empty when there is no <c>keys.yaml</c>.</summary>
    public VirtualKeys Keys { get; }

    /// <summary>What <c>failover.yaml</c> says; <see cref="FailoverPolicy.Default"/> without the file.</summary>
    public FailoverPolicy Failover { get; init; } = FailoverPolicy.Default;

    /// <summary>What <c>budgets.yaml</c> says; <see cref="BudgetPolicy.None"/> without the file.</summary>
    public BudgetPolicy Budgets { get; init; } = BudgetPolicy.None;

    /// <summary>The provider of this name, or null. Names are case-sensitive, here and below.</summary>
    public ProviderDefinition? FindProvider(string name) => _providers.GetValueOrDefault(name);

    /// <summary>The route of this name, or null.</summary>
    public RouteDefinition? FindRoute(string name) => _routes.GetValueOrDefault(name);

    /// <summary>The model of this qualified name (<c>provider/model</c>), or null.</summary>
    public ModelCard? FindModel(string qualifiedName) => _models.GetValueOrDefault(qualifiedName);

    /// <summary>The models of this bare name at any provider, in the order of the file; empty when there is none.</summary>
    public ImmutableArray<ModelCard> FindModelsNamed(string name) =>
        _modelsByBareName.TryGetValue(name, out var models) ? models : [];
}
