namespace Gateway.Budgets;

/// <summary>
/// Counters, holds and the ledger. Each call is one atomic step within its partition, and every one may be repeated. Safe for concurrent use.
/// <para>It keeps, at every moment:</para>
/// <list type="bullet">
/// <item>For a hard limit, spent and held together stay within the limit. Only what is settled above its hold, or without one, adds to that:
/// it was really spent, and is counted.</item>
/// <item>A counter is the sum of what the ledger charges to it.</item>
/// <item>No hold outlives its lease.</item>
/// <item>A request is in the ledger once.</item>
/// </list>
/// All calls throw <see cref="BudgetStoreException"/> when the store does not answer.
/// </summary>
public interface IBudgetStore
{
    /// <summary>
    /// Holds what a request may cost on all its counters, or on none. A request that holds something already is raised: of each amount it holds
    /// the larger from then on, or goes on to hold what it held.
    /// </summary>
    /// <exception cref="ArgumentException">The reservation is not valid.</exception>
    /// <exception cref="BudgetRangeException">A counter would pass what can be counted exactly.</exception>
    Task<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes the request's hold back, adds what it cost to its counters and the entry to the ledger. It also counts when there is no hold (any
    /// more), and <see cref="LedgerPosition.WasHeld"/> says so.
    /// </summary>
    /// <exception cref="BudgetRangeException">A counter would pass what can be counted exactly.</exception>
    Task<SettleResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="SettleAsync"/>, for whoever need not wait until it is done.</summary>
    SettlementUnderWay Settle(Settlement settlement)
    {
        var done = SettleAsync(settlement);
        return new SettlementUnderWay(done, done);
    }

    /// <summary>Lets a hold last for at least <paramref name="lease"/> from now on.</summary>
    /// <returns>False when the request holds nothing (any more).</returns>
    Task<bool> ExtendAsync(string partition, string requestId, TimeSpan lease, CancellationToken cancellationToken = default);

    /// <summary>Takes back what a request holds, as if it had never been reserved. Nothing comes into the ledger.</summary>
    /// <returns>False when the request holds nothing (any more).</returns>
    Task<bool> ReleaseAsync(string partition, string requestId, CancellationToken cancellationToken = default);

    /// <summary>Takes back all holds whose leases are over, in all partitions.</summary>
    Task<IReadOnlyList<ExpiredHold>> SweepAsync(CancellationToken cancellationToken = default);

    /// <summary>How counters stand, in the order asked for.</summary>
    Task<IReadOnlyList<CounterState>> ReadAsync(string partition, IReadOnlyList<CounterId> counters, CancellationToken cancellationToken = default);

    /// <summary>A partition's ledger, oldest first.</summary>
    /// <param name="after">Where to go on: the <see cref="LedgerPosition.Id"/> of the last record read; null for the beginning.</param>
    /// <param name="count">The most to return, at least 1.</param>
    Task<IReadOnlyList<LedgerRecord>> ReadLedgerAsync(string partition, string? after, int count, CancellationToken cancellationToken = default);

    /// <summary>All partitions in which anything was ever reserved or settled.</summary>
    Task<IReadOnlyList<string>> ReadPartitionsAsync(CancellationToken cancellationToken = default);
}
