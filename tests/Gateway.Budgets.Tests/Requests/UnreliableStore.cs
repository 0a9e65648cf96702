namespace Gateway.Budgets.Tests.Requests;

/// <summary>A real store behind a line that a test can cut: calls then fail before they get there, or their answers are lost.</summary>
internal sealed class UnreliableStore(IBudgetStore inner) : IBudgetStore
{
    public bool IsCut { get; set; }

    public bool LosesAnswers { get; set; }

    /// <summary>Until when nobody is told that the line is cut.</summary>
    public Task CutIsFound { get; set; } = Task.CompletedTask;

    /// <summary>The request whose settlement the store refuses.</summary>
    public string? Refuses { get; set; }

    public Task<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken = default) =>
        SendAsync(() => inner.ReserveAsync(reservation, cancellationToken));

    public Task<SettleResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default) =>
        SendAsync(() => settlement.RequestId == Refuses
            ? throw new BudgetStoreException(mayBeDone: false, "the record cannot be read") { IsRefusal = true }
            : inner.SettleAsync(settlement, cancellationToken));

    public SettlementUnderWay Settle(Settlement settlement)
    {
        var done = SettleAsync(settlement);
        return new SettlementUnderWay(IsCut ? Task.FromCanceled(new CancellationToken(canceled: true)) : done, done);
    }

    public Task<bool> ExtendAsync(string partition, string requestId, TimeSpan lease, CancellationToken cancellationToken = default) =>
        SendAsync(() => inner.ExtendAsync(partition, requestId, lease, cancellationToken));

    public Task<bool> ReleaseAsync(string partition, string requestId, CancellationToken cancellationToken = default) =>
        SendAsync(() => inner.ReleaseAsync(partition, requestId, cancellationToken));

    public Task<IReadOnlyList<ExpiredHold>> SweepAsync(CancellationToken cancellationToken = default) => SendAsync(() => inner.SweepAsync(cancellationToken));

    public Task<IReadOnlyList<CounterState>> ReadAsync(string partition, IReadOnlyList<CounterId> counters, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(partition, counters, cancellationToken);

    public Task<IReadOnlyList<LedgerRecord>> ReadLedgerAsync(string partition, string? after, int count, CancellationToken cancellationToken = default) =>
        inner.ReadLedgerAsync(partition, after, count, cancellationToken);

    public Task<IReadOnlyList<string>> ReadPartitionsAsync(CancellationToken cancellationToken = default) => inner.ReadPartitionsAsync(cancellationToken);

    private async Task<T> SendAsync<T>(Func<Task<T>> call)
    {
        if (IsCut)
        {
            await CutIsFound;
            throw new BudgetStoreException(mayBeDone: false, "the line is cut");
        }

        var answer = await call();
        return LosesAnswers ? throw new BudgetStoreException(mayBeDone: true, "the answer is lost") : answer;
    }
}
