namespace Gateway.Budgets;

/// <summary>A counter would pass <see cref="BudgetAmount.Max"/>. Nothing was changed.</summary>
public sealed class BudgetRangeException(CounterId counter)
    : Exception($"The budget counter {counter} would pass {BudgetAmount.Max}, above which it would not be exact. Give the limit a shorter period.")
{
    public CounterId Counter { get; } = counter;
}
