namespace Gateway.Budgets;

/// <summary>What a <see cref="BudgetGuard"/> may be told.</summary>
public sealed record BudgetGuardOptions
{
    /// <summary>
    /// For how long a hold lasts after its gateway was last heard of: 1 ms to a day. While a request runs, its lease begins anew whenever a third
    /// of it is over. The default is a minute.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The most settlements that may wait in memory for a store that does not answer: at least 1. When so many wait, requests are refused,
    /// whatever the policy says, so that none is lost. The default is 10,000, some 10 MB.
    /// </summary>
    public int MaxPending { get; init; } = 10_000;
}
