namespace Gateway.Budgets;

/// <summary>
/// Is told how the limits of requests stand, as they are reserved and settled. Called in the middle of requests, from any thread: it must not
/// throw, and leaves what takes time to others.
/// </summary>
public interface IBudgetObserver
{
    /// <summary>A request holds what it may cost.</summary>
    /// <param name="partition">The partition of its counters, which is its organisation.</param>
    /// <param name="limits">Each limit that it falls under; the amounts held include its own.</param>
    void Reserved(string partition, IReadOnlyList<LimitUse> limits);

    /// <summary>
    /// A request was settled, for the first time: settling it again is not told again. What was settled while the store did not answer is told
    /// once the store has it.
    /// </summary>
    /// <param name="partition">The partition of its counters, which is its organisation.</param>
    /// <param name="entry">What the ledger says of it.</param>
    /// <param name="limits">Each limit that it was charged to.</param>
    void Settled(string partition, LedgerEntry entry, IReadOnlyList<LimitUse> limits);
}
