using System.Globalization;

namespace Gateway.Budgets.Sql;

/// <summary>
/// The ledger of an embedded store. It keeps its records; how far they were read follows from the SQL ledger's last one, so that there is no
/// second place that could say otherwise. Where the two do not fit together, as after one of the files was replaced, all is read again.
/// </summary>
public sealed class EmbeddedLedgerSource(SqliteBudgetStore store, TimeProvider time) : ILedgerSource
{
    private string? _ledger;
    private long _confirmed;

    /// <summary>When it was last looked, and all that was there then is confirmed: what waits came later.</summary>
    private long _emptyAt = time.GetTimestamp();

    /// <summary>When the records that are being written were taken, if they were all; else null.</summary>
    private long? _tookAllAt;

    public LedgerBacklog? Backlog { get; private set; }

    public async Task<IReadOnlyList<IncomingRecord>> TakeAsync(LedgerDatabase ledger, int count, CancellationToken cancellationToken = default)
    {
        try
        {
            if (_ledger != ledger.Id)
            {
                _confirmed = await FindConfirmedAsync(ledger, cancellationToken);
                _ledger = ledger.Id;
            }

            long lookedAt = time.GetTimestamp();
            var (records, total) = await store.ReadUnreadAsync(_confirmed, count, cancellationToken);
            _tookAllAt = records.Count < count ? lookedAt : null;
            _emptyAt = total == 0 ? lookedAt : _emptyAt;
            Backlog = total == 0 ? LedgerBacklog.Empty : new LedgerBacklog(total, time.GetElapsedTime(_emptyAt));
            return records;
        }
        catch (BudgetStoreException exception)
        {
            throw new LedgerUnavailableException(exception.Message, exception);
        }
    }

    public Task ConfirmAsync(IReadOnlyList<IncomingRecord> records, CancellationToken cancellationToken = default)
    {
        _confirmed = Math.Max(_confirmed, records.Max(record => Position(record.Position)));
        _emptyAt = _tookAllAt ?? _emptyAt;
        return Task.CompletedTask;
    }

    private async Task<long> FindConfirmedAsync(LedgerDatabase ledger, CancellationToken cancellationToken) =>
        await ledger.LastAsync(cancellationToken) is var (request, position)
        && await store.FindAsync(request, cancellationToken) is { } known && known.Id == position
            ? Position(position)
            : 0;

    private static long Position(string position) => long.Parse(position, CultureInfo.InvariantCulture);
}
