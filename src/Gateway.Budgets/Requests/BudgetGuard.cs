using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>
/// Reserves and settles requests, whatever becomes of the store. While it does not answer, each limit's <see cref="StoreDownAction"/> says
/// whether a request may run, and settlements wait until it does. As long as any wait, requests are decided as if it still did not
/// answer: its counters lack what waits. Safe for concurrent use.
/// </summary>
public sealed class BudgetGuard
{
    /// <summary>How many calls of the store are under way at once when many are to be made.</summary>
    internal const int Parallel = 32;

    private readonly IBudgetStore _store;
    private readonly BudgetGuardOptions _options;
    private readonly TimeProvider _time;
    private readonly SettlementJournal? _journal;
    private readonly IBudgetObserver[] _observers;
    private readonly ConcurrentDictionary<string, RequestHold> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PendingSettlement> _pending = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Reservation> _stray = new();
    private readonly ConcurrentQueue<LostSettlement> _lost = new();
    private readonly GraceBook _grace = new();
    private readonly HoldLeases _leases;
    private string? _problem;
    private string? _lastProblem;
    private int _outages;

    /// <param name="store">Where requests are held and settled.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="observers">Told of what is reserved and settled.</param>
    /// <param name="time">Measures leases and waits.</param>
    /// <param name="journal">Keeps what waits through a crash; null to keep it in memory alone.</param>
    public BudgetGuard(
        IBudgetStore store, BudgetGuardOptions options, IEnumerable<IBudgetObserver> observers, TimeProvider time, SettlementJournal? journal = null)
    {
        (_store, _options, _time, _journal, _observers) = (store, options, time, journal, [.. observers]);
        _leases = new HoldLeases(store, options, _grace, Failed, time);
    }

    /// <summary>Settlements that wait for the _store.</summary>
    public int Pending => _pending.Count;

    /// <summary>For how long the one that waits longest has waited; zero while none does.</summary>
    public TimeSpan PendingAge
    {
        get
        {
            long now = _time.GetTimestamp();
            return _pending.Values.Select(waiting => _time.GetElapsedTime(waiting.Since, now)).DefaultIfEmpty(TimeSpan.Zero).Max();
        }
    }

    /// <summary>Why what waits is lost if this process is killed now; null when it is not.</summary>
    public string? JournalProblem => _journal?.Problem;

    /// <summary>Requests under way that hold something.</summary>
    public int Open => _open.Count;

    /// <summary>Why the store's last answer was none; null when it was one.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Why the store stopped to answer the last time, also when it does again; null while it never did.</summary>
    public string? LastProblem => Volatile.Read(ref _lastProblem);

    /// <summary>How often the store stopped to answer.</summary>
    public int Outages => Volatile.Read(ref _outages);

    /// <summary>Holds what a request may cost under all its limits, or under none.</summary>
    /// <param name="partition">Its organisation.</param>
    /// <param name="requestId">Unique within the partition.</param>
    /// <param name="charges">Each on another counter. None is fine: the request is in the ledger all the same.</param>
    /// <exception cref="BudgetRangeException">A counter would pass what can be counted exactly.</exception>
    public async Task<HoldResult> ReserveAsync(string partition, string requestId, ImmutableArray<LimitCharge> charges)
    {
        var reservation = Reserving(partition, requestId, charges);
        var hold = new RequestHold(reservation, charges, _time.GetTimestamp());
        if (_pending.Count + _open.Count >= _options.MaxPending && !_pending.IsEmpty)
        {
            return new HoldResult.Unavailable(null, $"{_pending.Count} requests wait to be settled already");
        }

        if (charges.IsEmpty)
        {
            return Opened(hold);
        }

        if (!_pending.IsEmpty && _pending.Values.Any(waiting => waiting.IsBlocking))
        {
            return ReserveLocally(hold, Problem ?? "what was spent meanwhile is being settled");
        }

        try
        {
            var result = await _store.ReserveAsync(reservation).ConfigureAwait(false);
            Volatile.Write(ref _problem, null);
            return result switch
            {
                ReserveResult.Reserved reserved => Opened(hold, reserved.Counters),
                ReserveResult.AlreadyHeld held => Opened(hold, held.Counters),
                ReserveResult.Refused refused => new HoldResult.Refused(charges.First(charge => charge.Counter == refused.Counter), refused.Left),

                // A gateway settled it and died before the answer was kept for retries; the one that answers the retry goes on under its id, and
                // settling that again changes nothing.
                _ => Opened(hold),
            };
        }
        catch (BudgetStoreException exception)
        {
            Failed(exception);
            var local = ReserveLocally(hold, exception.Message);
            if (exception.MayBeDone && local is HoldResult.Unavailable && _stray.Count < _options.MaxPending)
            {
                // The store may have carried it out all the same, and what is refused must hold nothing.
                _stray.Enqueue(reservation);
            }

            return local;
        }
    }

    /// <summary>Has a request that is under way hold more.</summary>
    /// <param name="charges">On the counters that it holds; what it is to hold in all.</param>
    /// <returns>False when a limit leaves too little, or the store does not answer: it goes on to hold what it held.</returns>
    /// <exception cref="BudgetRangeException">A counter would pass what can be counted exactly.</exception>
    public async Task<bool> TryRaiseAsync(RequestHold hold, ImmutableArray<LimitCharge> charges)
    {
        var reservation = Reserving(hold.Reservation.Partition, hold.Reservation.RequestId, charges);
        if (charges.IsEmpty)
        {
            return true;
        }

        if (hold.IsLocal)
        {
            if (_grace.TryTake(hold, charges) is not null)
            {
                return false;
            }
        }
        else
        {
            try
            {
                if (await _store.ReserveAsync(reservation).ConfigureAwait(false) is not (ReserveResult.Reserved or ReserveResult.AlreadyHeld))
                {
                    return false;
                }
            }
            catch (BudgetStoreException exception)
            {
                Failed(exception);
                return false;
            }
        }

        hold.Raise(reservation, charges);
        return true;
    }

    /// <summary>
    /// Settles a request: takes back what it holds, charges what it cost, and writes its entry. It returns when that is sure to be done as long as either the
    /// store or this process lives on. When the store does not answer, it waits; what the store refuses for good, <see cref="FlushAsync(CancellationToken)"/> tells.
    /// </summary>
    /// <param name="known">What is known of the amounts, by counter; what is not known settles at its hold.</param>
    /// <returns>How its limits stand with it, as far as is known; null when the store is known not to have it.</returns>
    public async Task<ImmutableArray<LimitUse>?> SettleAsync(RequestHold hold, IReadOnlyDictionary<CounterId, long> known, LedgerEntry entry)
    {
        if (!hold.TryClose())
        {
            return null;
        }

        var waiting = new PendingSettlement(hold, Settlement.Of(hold.Reservation, known, entry), _time.GetTimestamp());
        var underWay = _store.Settle(waiting.Settlement);
        var settling = SettleAsync(waiting, underWay.Done);
        await underWay.Sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // What is not on its way to the store must be in the journal before anybody has the end of the answer.
        bool isOnItsWay = underWay.Sent.IsCompletedSuccessfully && !underWay.Done.IsCompleted;
        return isOnItsWay ? Expected(hold, waiting.Settlement) : await settling.ConfigureAwait(false);
    }

    private async Task<ImmutableArray<LimitUse>?> SettleAsync(PendingSettlement waiting, Task<SettleResult> done)
    {
        var hold = waiting.Hold;
        try
        {
            return Told(waiting, await done.ConfigureAwait(false));
        }
        catch (BudgetStoreException exception)
        {
            Failed(exception);
            _grace.Correct(hold, waiting.Settlement.Actuals);

            // Before it leaves the open ones, so that neither count misses it.
            _pending[hold.Reservation.RequestId] = waiting;
            _journal?.Add(waiting.Settlement);
            return null;
        }
        catch (Exception exception) when (exception is BudgetRangeException or InvalidOperationException)
        {
            _lost.Enqueue(new LostSettlement(waiting.Settlement.Entry, exception));
            _grace.Return(hold);
            return null;
        }
        finally
        {
            _open.TryRemove(hold.Reservation.RequestId, out _);
        }
    }

    /// <summary>Takes up what a gateway with the same journal left when it was killed: it waits again. To be called before the first request.</summary>
    /// <returns>How many settlements that are.</returns>
    public int Recover()
    {
        var left = _journal?.Read() ?? [];
        foreach (var settlement in left)
        {
            var reservation = new Reservation { RequestId = settlement.RequestId, Partition = settlement.Partition, Lease = _options.Lease, Charges = [] };
            var hold = new RequestHold(reservation, [], _time.GetTimestamp());
            _pending[settlement.RequestId] = new PendingSettlement(hold, settlement, _time.GetTimestamp());
        }

        return left.Count;
    }

    /// <summary>Tries to settle what waits, and to take back what refused requests may hold.</summary>
    /// <returns>What the store refuses for good.</returns>
    public async Task<IReadOnlyList<LostSettlement>> FlushAsync(CancellationToken cancellationToken)
    {
        await ReleaseStrayAsync(cancellationToken).ConfigureAwait(false);
        foreach (var batch in _pending.Values.Chunk(Parallel))
        {
            var answers = await Task.WhenAll(batch.Select(FlushAsync)).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested || answers.Contains(false))
            {
                break;
            }
        }

        _journal?.ClearWhen(() => _pending.IsEmpty);
        List<LostSettlement> lost = [];
        while (_lost.TryDequeue(out var one))
        {
            lost.Add(one);
        }

        return lost;
    }

    /// <inheritdoc cref="HoldLeases.ExtendAsync(IEnumerable{RequestHold}, CancellationToken)"/>
    public Task<LeaseReport> ExtendAsync(CancellationToken cancellationToken) => _leases.ExtendAsync(_open.Values, cancellationToken);

    /// <summary>Takes back, in the store, the holds that nobody settles any more.</summary>
    /// <returns>Empty also when the store does not answer.</returns>
    public async Task<IReadOnlyList<ExpiredHold>> SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            var expired = await _store.SweepAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _problem, null);
            return expired;
        }
        catch (BudgetStoreException exception)
        {
            Failed(exception);
            return [];
        }
    }

    private void Failed(BudgetStoreException exception)
    {
        if (Interlocked.Exchange(ref _problem, exception.Message) is null)
        {
            Volatile.Write(ref _lastProblem, exception.Message);
            Interlocked.Increment(ref _outages);
        }
    }

    private Reservation Reserving(string partition, string requestId, ImmutableArray<LimitCharge> charges) =>
        new() { RequestId = requestId, Partition = partition, Lease = _options.Lease, Charges = [.. charges.Select(charge => charge.ToCharge())] };

    private HoldResult.Held Opened(RequestHold hold, IReadOnlyList<CounterState>? states = null)
    {
        _open[hold.Reservation.RequestId] = hold;
        if (states is not null)
        {
            hold.Uses =
            [
                .. hold.Charges.Zip(states, (charge, state) => new LimitUse(charge.Applied, charge.Window, state.Spent, state.Held, Added: 0)),
            ];
            foreach (var observer in _observers)
            {
                observer.Reserved(hold.Reservation.Partition, hold.Uses);
            }
        }

        return new HoldResult.Held(hold);
    }

    private HoldResult ReserveLocally(RequestHold hold, string problem)
    {
        if (_grace.TryTake(hold, hold.Charges) is { } refusing)
        {
            return new HoldResult.Unavailable(refusing, problem);
        }

        hold.IsLocal = true;
        return Opened(hold);
    }

    private async Task ReleaseStrayAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested && _stray.TryPeek(out var reservation))
            {
                await _store.ReleaseAsync(reservation.Partition, reservation.RequestId, cancellationToken).ConfigureAwait(false);
                _stray.TryDequeue(out _);
            }
        }
        catch (BudgetStoreException exception)
        {
            Failed(exception);
        }
    }

    /// <returns>False when the store did not answer, so that there is no use in asking it on.</returns>
    private async Task<bool> FlushAsync(PendingSettlement waiting)
    {
        var settlement = waiting.Settlement;
        try
        {
            Told(waiting, await _store.SettleAsync(settlement).ConfigureAwait(false));
        }
        catch (BudgetStoreException exception)
        {
            Failed(exception);
            if (exception.IsRefusal)
            {
                waiting.Refused();
            }

            return exception.IsRefusal;
        }
        catch (Exception exception) when (exception is BudgetRangeException or InvalidOperationException)
        {
            _lost.Enqueue(new LostSettlement(settlement.Entry, exception));
            _grace.Return(waiting.Hold);
        }

        _pending.TryRemove(settlement.RequestId, out _);
        return true;
    }

    /// <summary>How its limits stand once it is settled, going by how they stood when it was reserved.</summary>
    private static ImmutableArray<LimitUse> Expected(RequestHold hold, Settlement settlement) =>
        [.. hold.Uses.Select((use, index) => use with
        {
            Spent = use.Spent + settlement.Actuals[index].Amount,
            Held = HeldByOthers(hold, index),
            Added = settlement.Actuals[index].Amount,
        })];

    private static long HeldByOthers(RequestHold hold, int index) => hold.Uses.IsEmpty ? 0 : Math.Max(0, hold.Uses[index].Held - hold.Charges[index].Hold);

    private ImmutableArray<LimitUse> Told(PendingSettlement settled, SettleResult result)
    {
        Volatile.Write(ref _problem, null);
        var (hold, settlement) = (settled.Hold, settled.Settlement);
        _grace.Return(hold);
        ImmutableArray<LimitUse> uses =
        [
            .. result.Record.Charges.Take(hold.Charges.Length).Select((charge, index) => new LimitUse(
                hold.Charges[index].Applied,
                hold.Charges[index].Window,
                charge.Total,
                HeldByOthers(hold, index),
                charge.Amount)),
        ];

        // What was sent twice because its first answer was lost is one settlement, and told of once.
        foreach (var observer in _observers)
        {
            observer.Settled(settlement.Partition, settlement.Entry, uses);
        }

        return uses;
    }
}
