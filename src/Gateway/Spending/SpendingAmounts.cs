using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>What one call or one request takes of limits of each kind.</summary>
/// <param name="Cost">Nano-dollars.</param>
/// <param name="Tokens">
/// Input and output together. No less than either, but not always their sum: of several models one may have the longer prompt and another the
/// longer answer.
/// </param>
/// <param name="Input">Tokens.</param>
/// <param name="Output">Tokens.</param>
internal readonly record struct SpendingAmounts(long Cost, long Tokens, long Input, long Output)
{
    public static SpendingAmounts operator +(in SpendingAmounts left, in SpendingAmounts right) => new(
        Add(left.Cost, right.Cost), Add(left.Tokens, right.Tokens), Add(left.Input, right.Input), Add(left.Output, right.Output));

    /// <summary>Of each kind the larger.</summary>
    public static SpendingAmounts Max(in SpendingAmounts left, in SpendingAmounts right) => new(
        Math.Max(left.Cost, right.Cost), Math.Max(left.Tokens, right.Tokens), Math.Max(left.Input, right.Input), Math.Max(left.Output, right.Output));

    /// <summary>In the unit of the measure. A request counts as one request, however many calls it takes.</summary>
    public long Of(BudgetMeasure measure) => measure switch
    {
        BudgetMeasure.Cost => Cost,
        BudgetMeasure.Tokens => Tokens,
        BudgetMeasure.InputTokens => Input,
        BudgetMeasure.OutputTokens => Output,
        _ => 1,
    };

    private static long Add(long left, long right) => Math.Min(left + right, BudgetAmount.Max);
}
