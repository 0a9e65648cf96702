using System.Collections.Frozen;

namespace Gateway.Policies;

/// <summary>What <c>failover.yaml</c> says, resolved for every provider and route, so that a request only looks up.</summary>
public sealed record FailoverPolicy
{
    /// <summary>What the product does without a file.</summary>
    public static FailoverPolicy Default { get; } = new();

    /// <summary>For routes without a section, and for requests that name a model.</summary>
    public RouteFailover Requests { get; init; } = RouteFailover.Default;

    /// <summary>By route, those with a section.</summary>
    public FrozenDictionary<string, RouteFailover> RouteOverrides { get; init; } = FrozenDictionary<string, RouteFailover>.Empty;

    /// <summary>For providers without a section on routes without one.</summary>
    public AttemptRules Attempts { get; init; } = AttemptRules.Default;

    /// <summary>By provider, those with a section.</summary>
    public FrozenDictionary<string, AttemptRules> ProviderOverrides { get; init; } = FrozenDictionary<string, AttemptRules>.Empty;

    /// <summary>By route and provider, for every provider of the routes with a section.</summary>
    public FrozenDictionary<(string Route, string Provider), AttemptRules> RouteProviderOverrides { get; init; } =
        FrozenDictionary<(string Route, string Provider), AttemptRules>.Empty;

    /// <summary>For providers without one of their own.</summary>
    public BreakerPolicy Breaker { get; init; } = BreakerPolicy.Default;

    /// <summary>By provider, those with one of their own.</summary>
    public FrozenDictionary<string, BreakerPolicy> BreakerOverrides { get; init; } = FrozenDictionary<string, BreakerPolicy>.Empty;

    public RetryBudgetPolicy RetryBudget { get; init; } = RetryBudgetPolicy.Default;

    /// <summary>Null when the file is silent: then nothing is degraded.</summary>
    public BrownOutPolicy? BrownOut { get; init; }

    /// <summary>How many providers and routes have a section of their own.</summary>
    public int SectionCount => ProviderOverrides.Count + RouteOverrides.Count;

    /// <summary>How a request on this route is tried as a whole. Any name is fine: models are asked for by theirs.</summary>
    public RouteFailover ForRoute(string route) => RouteOverrides.GetValueOrDefault(route, Requests);

    /// <summary>How a provider is tried for a request on this route.</summary>
    public AttemptRules ForAttempt(string route, string provider) =>
        RouteProviderOverrides.TryGetValue((route, provider), out var rules) ? rules : ProviderOverrides.GetValueOrDefault(provider, Attempts);

    public BreakerPolicy ForBreaker(string provider) => BreakerOverrides.GetValueOrDefault(provider, Breaker);
}
