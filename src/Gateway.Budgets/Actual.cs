namespace Gateway.Budgets;

/// <summary>What a request really cost on one counter.</summary>
/// <param name="Amount">0 to <see cref="BudgetAmount.Max"/>.</param>
/// <param name="WindowEnd">When the counter's window ends; <see cref="DateTimeOffset.MaxValue"/> for never.</param>
public sealed record Actual(CounterId Counter, long Amount, DateTimeOffset WindowEnd);
