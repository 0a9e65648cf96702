using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>One entry below <c>budgets:</c> of <c>budgets.yaml</c>.</summary>
public sealed record BudgetLimit
{
    /// <summary>
    /// The largest amount: 9,000,000 $ in nano-dollars, or as many tokens. Sums up to it are below 2^53, and so exact in Redis scripts,
    /// whose numbers are doubles.
    /// </summary>
    public const long MaxAmount = 9_000_000_000_000_000;

    /// <summary>Unique: 1 to 64 letters, digits, '.', '_' and '-'. Counters carry it, so that a new name begins at zero.</summary>
    public required string Name { get; init; }

    public required BudgetScopeKind ScopeKind { get; init; }

    /// <summary>Whom the limit is for; null when each value of the kind has a counter of its own.</summary>
    public string? ScopeValue { get; init; }

    public required BudgetMeasure Measure { get; init; }

    /// <summary>From 1 to <see cref="MaxAmount"/>; nano-dollars when the measure is <see cref="BudgetMeasure.Cost"/>, else a count.</summary>
    public required long Amount { get; init; }

    /// <summary><see cref="BudgetPeriod.Lifetime"/> with <see cref="BudgetMeasure.Concurrency"/>.</summary>
    public required BudgetPeriod Period { get; init; }

    /// <summary>An IANA zone, in which the period begins and ends. The default is UTC.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Whether requests above the limit are refused; otherwise it only alerts. The default is true.</summary>
    public bool IsHard { get; init; } = true;

    /// <summary>
    /// Shares of the amount, above 0 and up to 1, ascending. The first time in a window that the sum reaches one, it is reported. The
    /// default is 1 (i.e. 100%) alone; none with <see cref="BudgetMeasure.Concurrency"/>.
    /// </summary>
    public ImmutableArray<decimal> Thresholds { get; init; } = [1m];

    /// <summary>The webhooks that a reached threshold is reported to, by name; none by default.</summary>
    public ImmutableArray<string> Notify { get; init; } = [];

    /// <summary>The default is <see cref="BudgetHold.Worst"/>.</summary>
    public BudgetHold Hold { get; init; } = BudgetHold.Worst;

    /// <summary>In files the default is <see cref="StoreDownAction.Deny"/> for hard limits, and grace of the whole amount for others.</summary>
    public StoreDownAction OnStoreDown { get; init; } = StoreDownAction.Deny;

    /// <summary>In the unit of <see cref="Amount"/>, from 1 to it, for each gateway process; 0 with <see cref="StoreDownAction.Deny"/>.</summary>
    public long GraceAmount { get; init; }
}
