namespace Gateway.Budgets;

/// <summary>What a request may cost on one counter.</summary>
/// <param name="LimitAmount">The limit, 0 to <see cref="BudgetAmount.Max"/>.</param>
/// <param name="Hold">
/// What to hold, 0 to <see cref="BudgetAmount.Max"/>. 0 is never refused: a request that costs nothing may run on an exhausted budget.
/// </param>
/// <param name="IsHard">Whether the request is refused where the hold does not fit; otherwise the hold only counts.</param>
/// <param name="WindowEnd">When the counter's window ends; <see cref="DateTimeOffset.MaxValue"/> for never.</param>
public sealed record Charge(CounterId Counter, long LimitAmount, long Hold, bool IsHard, DateTimeOffset WindowEnd);
