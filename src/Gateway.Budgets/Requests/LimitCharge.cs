using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>What a request may cost under one limit.</summary>
/// <param name="Applied">The limit, and whose counter of it is charged.</param>
/// <param name="Window">The window that the request falls into, from its reservation to its settlement.</param>
/// <param name="Hold">What to hold, in the unit of the limit: 0 to <see cref="BudgetAmount.Max"/>.</param>
public sealed record LimitCharge(AppliedLimit Applied, BudgetWindow Window, long Hold)
{
    public BudgetLimit Limit => Applied.Limit;

    public CounterId Counter { get; } = new(Applied.Limit.Name, Applied.ScopeValue, CountedIn(Applied.Limit, Window));

    internal Charge ToCharge() => new(Counter, Limit.Amount, Hold, Limit.IsHard, Window.End);

    /// <summary>
    /// With the measure, but for dollars, which most limits count: a limit that counts something else from now on must not take nano-dollars for tokens.
    /// </summary>
    private static string CountedIn(BudgetLimit limit, BudgetWindow window) =>
        limit.Measure == BudgetMeasure.Cost ? window.Id : $"{window.Id}/{BudgetMeasureNames.Of(limit.Measure)}";
}
