namespace Gateway.Budgets;

/// <summary>Amounts: nano-US-dollars, tokens or requests, as integers.</summary>
public static class BudgetAmount
{
    /// <summary>2^53 - 1, some 9 million dollars: up to here the doubles in which Redis' scripts count are exact.</summary>
    public const long Max = (1L << 53) - 1;

    /// <param name="subject">What it is, as the beginning of the message.</param>
    /// <param name="counter">Where it belongs.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or above <see cref="Max"/>.</exception>
    internal static void Check(long amount, string subject, CounterId counter)
    {
        if (amount is < 0 or > Max)
        {
            throw new ArgumentOutOfRangeException(
                nameof(amount), amount, $"{subject} {counter} must be 0 to {Max} (nano-dollars, tokens or requests).");
        }
    }
}
