using System.Globalization;
using System.Threading.Channels;
using Gateway.Budgets.Sql;
using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>
/// Budgets of a single process, in one SQLite file. Counters and ledger are in the file; holds are in memory, for they end with the process.
/// Reservations touch no disk but to look a request up. Settlements wait in a queue, and one writer takes all that wait into one
/// transaction: <see cref="SettleAsync"/> completes once they are on the disk.
/// </summary>
public sealed class SqliteBudgetStore : IBudgetStore, IAsyncDisposable
{
    private const int MaxBatch = 256;

    private readonly BudgetStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly LedgerFile _file;
    private readonly LedgerReader _reader;
    private readonly LedgerWriter _writer;
    private readonly HoldBook _book;

    /// <summary>Guards <see cref="_book"/> and <see cref="_reader"/>; never held while the writer waits for the disk.</summary>
    private readonly Lock _lock = new();

    private readonly Channel<SettleWork> _queue = Channel.CreateUnbounded<SettleWork>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;

    /// <param name="path">Where the file is, or is to be. Its folder is made. Next to it are <c>-wal</c>, <c>-shm</c> and <c>.lock</c>.</param>
    /// <exception cref="IOException">Another process has the file.</exception>
    /// <exception cref="BudgetStoreException">The file cannot be read by this build.</exception>
    public SqliteBudgetStore(string path, BudgetStoreOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _file = new LedgerFile(path);
        _reader = new LedgerReader(_file);
        _writer = new LedgerWriter(_file);
        _book = new HoldBook(_reader.Counter, time);
        _writing = Task.Run(WriteAsync);
    }

    public Task<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken = default)
    {
        reservation.Check();
        return Run(() => Reserve_NeedsLock(reservation), cancellationToken);
    }

    public async Task<SettleResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var work = new SettleWork(settlement);
        if (!_queue.Writer.TryWrite(work))
        {
            throw new ObjectDisposedException(nameof(SqliteBudgetStore));
        }

        return await work.Done.WaitAsync(cancellationToken);
    }

    public Task<bool> ExtendAsync(string partition, string requestId, TimeSpan lease, CancellationToken cancellationToken = default)
    {
        Reservation.CheckLease(lease);
        return Run(
            () =>
            {
                var hold = _book.Find(new RequestKey(partition, requestId));
                if (hold is not null)
                {
                    _book.Extend(hold, lease);
                }

                return hold is not null;
            },
            cancellationToken);
    }

    public Task<bool> ReleaseAsync(string partition, string requestId, CancellationToken cancellationToken = default) => Run(
        () =>
        {
            // One that is being settled is the settlement's to release.
            if (_book.Find(new RequestKey(partition, requestId)) is not { IsSettling: false } hold)
            {
                return false;
            }

            _book.Release(hold.Request);
            return true;
        },
        cancellationToken);

    public Task<IReadOnlyList<ExpiredHold>> SweepAsync(CancellationToken cancellationToken = default) => Run<IReadOnlyList<ExpiredHold>>(
        () =>
        {
            var expired = _book.Sweep();
            _book.Trim();
            return [.. expired.Select(hold => new ExpiredHold(
                hold.Request.Partition, hold.Request.RequestId, hold.Parts.ToDictionary(part => part.Counter.Id, part => part.Amount)))];
        },
        cancellationToken);

    public Task<IReadOnlyList<CounterState>> ReadAsync(string partition, IReadOnlyList<CounterId> counters, CancellationToken cancellationToken = default) =>
        Run<IReadOnlyList<CounterState>>(
            () =>
            {
                _book.Sweep();
                return [.. counters.Select(counter => _book.Counter(new CounterKey(partition, counter)).State)];
            },
            cancellationToken);

    public Task<IReadOnlyList<LedgerRecord>> ReadLedgerAsync(string partition, string? after, int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        long position = after is null ? 0 : long.Parse(after, CultureInfo.InvariantCulture);
        return Guard(
            () =>
            {
                // A connection of its own: long reads keep nobody waiting.
                using var reader = new LedgerReader(_file);
                return reader.Records(partition, position, count);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<string>> ReadPartitionsAsync(CancellationToken cancellationToken = default) =>
        Run<IReadOnlyList<string>>(() => [.. _reader.Partitions().Union(_book.Partitions).Order(StringComparer.Ordinal)], cancellationToken);

    /// <summary>Records of all partitions behind a position, in the order in which they were written, and how many there are in all.</summary>
    /// <param name="after">0 for the beginning.</param>
    /// <param name="count">The most to return, at least 1.</param>
    internal Task<(IReadOnlyList<IncomingRecord> Records, long Total)> ReadUnreadAsync(long after, int count, CancellationToken cancellationToken) => Guard(
        () =>
        {
            using var reader = new LedgerReader(_file);
            return (reader.Unread(after, count), reader.CountUnread(after));
        },
        cancellationToken);

    /// <summary>Where a settled request stands; null when it is not settled.</summary>
    internal Task<LedgerPosition?> FindAsync(RequestKey request, CancellationToken cancellationToken) => Run(() => _reader.Find(request), cancellationToken);

    /// <summary>Writes what waits, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_queue.Writer.TryComplete())
        {
            await _writing;
            _writer.Dispose();
            _reader.Dispose();
            _file.Dispose();
        }
    }

    private ReserveResult Reserve_NeedsLock(Reservation reservation)
    {
        int expired = _book.Sweep().Count;
        var request = new RequestKey(reservation.Partition, reservation.RequestId);
        if (_reader.Find(request) is not null)
        {
            return new ReserveResult.AlreadySettled { Expired = expired };
        }

        var charges = reservation.Charges
            .Select(charge => (Charge: charge, Counter: _book.Counter(new CounterKey(reservation.Partition, charge.Counter))))
            .ToList();
        var before = _book.Find(request);
        var more = charges.Select(pair => Math.Max(0, pair.Charge.Hold - (before?.AmountOn(pair.Counter) ?? 0))).ToList();
        if (before is not null && more.TrueForAll(amount => amount == 0))
        {
            return new ReserveResult.AlreadyHeld(States()) { Expired = expired };
        }

        var refused = charges
            .Select((pair, index) => (pair.Charge, More: more[index], Left: pair.Counter.State.Left(pair.Charge.LimitAmount)))
            .Where(pair => pair.Charge.IsHard && pair.More > 0 && pair.More > pair.Left)
            .Select(pair => new ReserveResult.Refused(pair.Charge.Counter, pair.Left, pair.Charge.WindowEnd) { Expired = expired })
            .MaxBy(refusal => refusal.WindowEnd);
        if (refused is not null)
        {
            return refused;
        }

        foreach (var (pair, _) in charges.Zip(more).Where(entry => entry.First.Counter.State.Left(BudgetAmount.Max) < entry.Second))
        {
            throw new BudgetRangeException(pair.Charge.Counter);
        }

        if (before is null)
        {
            _book.Add(new Hold(request, [.. charges.Where(pair => pair.Charge.Hold > 0).Select(pair => (pair.Counter, pair.Charge.Hold))]), reservation.Lease);
        }
        else
        {
            _book.Raise(before, [.. charges.Select((pair, index) => (pair.Counter, more[index])).Where(part => part.Item2 > 0)], reservation.Lease);
        }

        return new ReserveResult.Reserved(States()) { Expired = expired };

        CounterState[] States() => [.. charges.Select(pair => pair.Counter.State)];
    }

    private async Task WriteAsync()
    {
        List<SettleWork> batch = [];
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var work))
            {
                batch.Add(work);
            }

            new SettleBatch(batch, _book, _reader, _writer, _lock, _options, _time).Write();
        }
    }

    /// <summary>Under the lock.</summary>
    private Task<T> Run<T>(Func<T> action, CancellationToken cancellationToken) => Guard(
        () =>
        {
            lock (_lock)
            {
                return action();
            }
        },
        cancellationToken);

    private static Task<T> Guard<T>(Func<T> action, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        try
        {
            return Task.FromResult(action());
        }
        catch (SqliteException exception)
        {
            return Task.FromException<T>(new BudgetStoreException(mayBeDone: false, $"The budget file cannot be read: {exception.Message}", exception));
        }
        catch (Exception exception) when (exception is BudgetRangeException or BudgetStoreException)
        {
            return Task.FromException<T>(exception);
        }
    }
}
