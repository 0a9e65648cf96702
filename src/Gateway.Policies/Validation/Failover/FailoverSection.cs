using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>
/// What <c>failover.yaml</c> says in one place: under <c>defaults</c>, for a provider or for a route. Those for providers say nothing of
/// requests as a whole, those for routes nothing of breakers; otherwise they are alike, which makes merging them one operation.
/// </summary>
internal sealed record FailoverSection
{
    private const int MaxAttemptsOfARequest = 20;

    private static readonly ImmutableArray<(string Name, RecoveryMode Value)> RecoveryModes =
        [("continue", RecoveryMode.Continue), ("fail", RecoveryMode.Fail)];

    public static ImmutableArray<string> ProviderKeys { get; } = ["limits", "retry", "on", "breaker"];

    public static ImmutableArray<string> RouteKeys { get; } =
        ["totalSeconds", "maxAttempts", "limits", "retry", "on", "hedge", "recovery", "fallbacks"];

    public static ImmutableArray<string> AllKeys { get; } = [.. RouteKeys, "breaker"];

    public static FailoverSection Empty { get; } = new();

    public Setting<TimeSpan>? Total { get; init; }

    public Setting<int>? MaxAttempts { get; init; }

    public LimitSettings Limits { get; init; } = LimitSettings.None;

    public RetrySettings Retry { get; init; } = RetrySettings.None;

    public ActionSettings Actions { get; init; } = ActionSettings.None;

    public BreakerSettings Breaker { get; init; } = BreakerSettings.None;

    public HedgeSettings Hedge { get; init; } = HedgeSettings.None;

    public Setting<RecoveryMode>? Recovery { get; init; }

    public FallbackSettings Fallbacks { get; init; } = FallbackSettings.None;

    /// <param name="field">The section.</param>
    /// <param name="keys">What may stand in it.</param>
    /// <param name="providers">Models that fallbacks may name; null when unknown, and then they are not looked up.</param>
    /// <param name="routes">Routes that fallbacks may name; null when unknown, and then they are not looked up.</param>
    public static FailoverSection Read(Field field, ImmutableArray<string> keys, DeclaredProviders? providers, DeclaredRoutes? routes)
    {
        if (field.AsSection() is not { } section)
        {
            return Empty;
        }

        section.RefuseOthers(keys.AsSpan());
        return new FailoverSection
        {
            Total = section.Read("totalSeconds", value => value.AsSeconds()),
            MaxAttempts = section.Read("maxAttempts", value => value.AsInteger(1, MaxAttemptsOfARequest)),
            Limits = section.Find("limits") is { } limits ? LimitSettings.Read(limits) : LimitSettings.None,
            Retry = section.Find("retry") is { } retry ? RetrySettings.Read(retry) : RetrySettings.None,
            Actions = section.Find("on") is { } actions ? ActionSettings.Read(actions) : ActionSettings.None,
            Breaker = section.Find("breaker") is { } breaker ? BreakerSettings.Read(breaker) : BreakerSettings.None,
            Hedge = section.Find("hedge") is { } hedge ? HedgeSettings.Read(hedge) : HedgeSettings.None,
            Recovery = section.Read("recovery", value => value.AsOneOf(RecoveryModes)),
            Fallbacks = section.Find("fallbacks") is { } fallbacks ? FallbackSettings.Read(fallbacks, providers, routes) : FallbackSettings.None,
        };
    }

    /// <inheritdoc cref="LimitSettings.Over"/>
    public FailoverSection Over(FailoverSection below) => new()
    {
        Total = Total ?? below.Total,
        MaxAttempts = MaxAttempts ?? below.MaxAttempts,
        Limits = Limits.Over(below.Limits),
        Retry = Retry.Over(below.Retry),
        Actions = Actions.Over(below.Actions),
        Breaker = Breaker.Over(below.Breaker),
        Hedge = Hedge.Over(below.Hedge),
        Recovery = Recovery ?? below.Recovery,
        Fallbacks = Fallbacks.Over(below.Fallbacks),
    };

    public AttemptRules ResolveAttempts() => new()
    {
        FirstTokenLimit = Limits.FirstToken?.Value ?? AttemptRules.Default.FirstTokenLimit,
        AnswerLimit = Limits.Answer?.Value ?? AttemptRules.Default.AnswerLimit,
        BetweenTokensLimit = Limits.BetweenTokens?.Value ?? AttemptRules.Default.BetweenTokensLimit,
        Retry = Retry.Resolve(),
        Actions = Actions.Resolve(),
    };

    public RouteFailover ResolveRequests(FallbackChains chains) => new()
    {
        TotalLimit = Total?.Value ?? RouteFailover.Default.TotalLimit,
        MaxAttempts = MaxAttempts?.Value ?? RouteFailover.Default.MaxAttempts,
        Hedge = Hedge.Resolve(),
        Recovery = Recovery?.Value ?? RouteFailover.Default.Recovery,
        Fallbacks = Fallbacks.ByKind.ToImmutableDictionary(entry => entry.Key, entry => chains.Expand(entry.Key, entry.Value)),
    };
}
