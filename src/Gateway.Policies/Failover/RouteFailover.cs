using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>How a request as a whole is tried. Resolved from <c>defaults</c>, then the route's section.</summary>
public sealed record RouteFailover
{
    public static RouteFailover Default { get; } = new();

    /// <summary>All attempts and pauses together, from the arrival. Above 0, at most an hour, which is the default: silence is what the limits of attempts are for.</summary>
    public TimeSpan TotalLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Calls to providers for one request, retries, hedges and continuations included: 1 to 20. The default value is 4.</summary>
    public int MaxAttempts { get; init; } = 4;

    /// <summary>Second attempts against slow first tokens; null for none, which is the default.</summary>
    public HedgePolicy? Hedge { get; init; }

    public RecoveryMode Recovery { get; init; } = RecoveryMode.Continue;

    /// <summary>
    /// For a kind of failure, the candidates that take the place of the rest of the plan; not in the plan of requests without that failure.
    /// Without an entry for <see cref="FailureKind.ContextLength"/>, the rest of the plan is narrowed to larger windows than the one that
    /// was too small.
    /// </summary>
    public ImmutableDictionary<FailureKind, ImmutableArray<ModelCard>> Fallbacks { get; init; } = ImmutableDictionary<FailureKind, ImmutableArray<ModelCard>>.Empty;
}
