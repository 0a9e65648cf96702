using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>How one counter of a limit stands. Amounts are in dollars when the measure is <c>usd</c>, else counts.</summary>
internal sealed record BudgetReport
{
    private const decimal NanoDollars = 1_000_000_000m;

    /// <summary>The limit's name in budgets.yaml.</summary>
    public required string Limit { get; init; }

    public required string Organization { get; init; }

    /// <summary>What the limit counts by, such as <c>team</c>.</summary>
    public required string Scope { get; init; }

    public required string ScopeValue { get; init; }

    public required string Measure { get; init; }

    public required decimal Amount { get; init; }

    /// <summary>What was settled in the window.</summary>
    public required decimal Used { get; init; }

    /// <summary>What requests under way hold.</summary>
    public required decimal Held { get; init; }

    /// <summary>Amount without used and held; negative when it is overdrawn.</summary>
    public required decimal Remaining { get; init; }

    public required bool Hard { get; init; }

    public required string Period { get; init; }

    public required string TimeZone { get; init; }

    /// <summary>Absent for a lifetime, as is the end.</summary>
    public DateTimeOffset? WindowStart { get; init; }

    public DateTimeOffset? WindowEnd { get; init; }

    public static BudgetReport Of(string partition, LimitCharge charge, CounterState state)
    {
        var limit = charge.Limit;
        var unit = limit.Measure == BudgetMeasure.Cost ? NanoDollars : 1m;
        var isForever = limit.Period == BudgetPeriod.Lifetime;
        return new BudgetReport
        {
            Limit = limit.Name,
            Organization = partition,
            Scope = BudgetScopeNames.Of(limit.ScopeKind),
            ScopeValue = charge.Applied.ScopeValue,
            Measure = BudgetMeasureNames.Of(limit.Measure),
            Amount = limit.Amount / unit,
            Used = state.Spent / unit,
            Held = state.Held / unit,
            Remaining = state.Left(limit.Amount) / unit,
            Hard = limit.IsHard,
            Period = BudgetPeriodNames.Of(limit.Period),
            TimeZone = limit.TimeZone.Id,
            WindowStart = isForever ? null : charge.Window.Start,
            WindowEnd = isForever ? null : charge.Window.End,
        };
    }
}
