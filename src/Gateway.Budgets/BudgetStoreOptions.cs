namespace Gateway.Budgets;

/// <summary>What both stores may be told.</summary>
public sealed record BudgetStoreOptions
{
    /// <summary>
    /// For how long a settled request is recognised when it is settled again, and for how long a counter is kept once its window is over: at
    /// least a second. The default is 24 hours. The ledger must be read, and whatever is settled late must be settled, within that time.
    /// The embedded store recognises requests for as long as its ledger holds them.
    /// </summary>
    public TimeSpan Memory { get; init; } = TimeSpan.FromHours(24);

    /// <summary>When a counter is dropped, in ms of Unix time; null for never.</summary>
    internal long? DroppedAt(DateTimeOffset windowEnd) =>
        windowEnd < DateTimeOffset.MaxValue - Memory ? (windowEnd + Memory).ToUnixTimeMilliseconds() : null;
}
