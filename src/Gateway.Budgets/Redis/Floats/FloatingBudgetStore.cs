using System.Collections.Concurrent;

namespace Gateway.Budgets;

/// <summary>
/// Budgets in Redis without asking it for each request. Far from every hard limit of a request, this gateway holds a small part of what they leave beforehand, a
/// float, and requests take from that; near a limit, and whenever anything is in doubt, each request is reserved in Redis itself. What is held is held in Redis
/// in either case, so that at every moment what is spent and held is within the limits whatever the gateways do.
/// </summary>
/// <remarks>
/// A float is a hold with a lease like any other: what a gateway that dies held comes back with its end. It is given back within two seconds when it is
/// not used. See docs/adr/0034-floats.md.
/// </remarks>
public sealed class FloatingBudgetStore : IBudgetStore, IAsyncDisposable
{
    private readonly RedisBudgetStore _store;
    private readonly double _share;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<FloatKey, BudgetFloat> _floats = new();
    private readonly ConcurrentDictionary<BudgetFloat, bool> _retired = new();
    private readonly ConcurrentDictionary<(string Partition, string Request), BudgetFloat> _backed = new();
    private readonly ITimer _rest;

    /// <param name="store">Where they are held.</param>
    /// <param name="share">The most of what a hard limit leaves that is held beforehand under one set of limits, as a fraction of 1.</param>
    public FloatingBudgetStore(RedisBudgetStore store, double share, TimeProvider time)
    {
        (_store, _share, _time) = (store, share, time);
        _rest = time.CreateTimer(_ => Rest(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public async Task<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken = default)
    {
        var request = (reservation.Partition, reservation.RequestId);
        if (_backed.TryGetValue(request, out var backing))
        {
            return await RaiseAsync(backing, reservation, cancellationToken).ConfigureAwait(false);
        }

        if (reservation.Charges.Count == 0)
        {
            return await _store.ReserveAsync(reservation, cancellationToken).ConfigureAwait(false);
        }

        var limits = FloatOf(reservation);
        long now = _time.GetTimestamp();
        var states = limits.TryTake(reservation.RequestId, reservation.Charges, now, _store.Epoch);
        if (states is not null)
        {
            _backed[request] = limits;
            TopUp(limits, reservation.Lease, now);
            return new ReserveResult.Reserved(states);
        }

        var result = await _store.ReserveAsync(reservation, cancellationToken).ConfigureAwait(false);
        if (result is ReserveResult.Reserved reserved)
        {
            limits.Learn(reserved.Counters);
            TopUp(limits, reservation.Lease, now);
        }
        else if (result is ReserveResult.Refused)
        {
            // Others may need what is held here.
            Retire(limits);
            GiveBack(limits);
        }

        return result;
    }

    public Task<SettleResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default) =>
        Settle(settlement).Done.WaitAsync(cancellationToken);

    public SettlementUnderWay Settle(Settlement settlement)
    {
        if (!_backed.TryRemove((settlement.Partition, settlement.RequestId), out var backing))
        {
            return _store.Settle(settlement);
        }

        backing.Pay(settlement.RequestId, settlement.Actuals);
        var underWay = _store.Settle(settlement, backing.Id);
        return underWay with { Done = SettledAsync(backing, settlement, underWay.Done) };
    }

    public async Task<bool> ExtendAsync(string partition, string requestId, TimeSpan lease, CancellationToken cancellationToken = default)
    {
        if (!_backed.TryGetValue((partition, requestId), out var backing))
        {
            return await _store.ExtendAsync(partition, requestId, lease, cancellationToken).ConfigureAwait(false);
        }

        long now = _time.GetTimestamp();
        if (!await _store.ExtendAsync(partition, backing.Id, lease, cancellationToken).ConfigureAwait(false))
        {
            Retire(backing);
            return false;
        }

        backing.Extended(Until(now, lease));
        return true;
    }

    public async Task<bool> ReleaseAsync(string partition, string requestId, CancellationToken cancellationToken = default)
    {
        if (_backed.TryRemove((partition, requestId), out var backing))
        {
            backing.GiveBack(requestId);
            return true;
        }

        return await _store.ReleaseAsync(partition, requestId, cancellationToken).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<ExpiredHold>> SweepAsync(CancellationToken cancellationToken = default) => _store.SweepAsync(cancellationToken);

    public Task<IReadOnlyList<CounterState>> ReadAsync(string partition, IReadOnlyList<CounterId> counters, CancellationToken cancellationToken = default) =>
        _store.ReadAsync(partition, counters, cancellationToken);

    public Task<IReadOnlyList<LedgerRecord>> ReadLedgerAsync(string partition, string? after, int count, CancellationToken cancellationToken = default) =>
        _store.ReadLedgerAsync(partition, after, count, cancellationToken);

    public Task<IReadOnlyList<string>> ReadPartitionsAsync(CancellationToken cancellationToken = default) => _store.ReadPartitionsAsync(cancellationToken);

    /// <summary>Gives back what no request has any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _rest.DisposeAsync();
        foreach (var all in _floats.Values)
        {
            Retire(all);
        }

        await Task.WhenAll(_retired.Keys.Where(gone => gone.Rest()).Select(ReleaseAsync));
    }

    private BudgetFloat FloatOf(Reservation reservation)
    {
        // The rest was checked when the first of its kind came.
        foreach (var charge in reservation.Charges)
        {
            BudgetAmount.Check(charge.Hold, "The hold on", charge.Counter);
        }

        var key = new FloatKey(reservation.Partition, reservation.Charges);
        if (_floats.TryGetValue(key, out var known))
        {
            if (!known.IsRetired)
            {
                return known;
            }

            Retire(key, known);
        }

        reservation.Check();
        return _floats.GetOrAdd(key, static (key, epoch) => new BudgetFloat(key.Partition, key.Charges, epoch), _store.Epoch);
    }

    private async Task<ReserveResult> RaiseAsync(BudgetFloat backing, Reservation reservation, CancellationToken cancellationToken)
    {
        if (backing.TryRaise(reservation.RequestId, reservation.Charges, _time.GetTimestamp(), _store.Epoch) is { } raised)
        {
            return raised;
        }

        // All of it by itself: what it has of the float stays held until that is so.
        var result = await _store.ReserveAsync(reservation, cancellationToken).ConfigureAwait(false);
        if (result is ReserveResult.Reserved or ReserveResult.AlreadyHeld)
        {
            await ReleaseAsync(reservation.Partition, reservation.RequestId, cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    private async Task<SettleResult> SettledAsync(BudgetFloat backing, Settlement settlement, Task<SettleResult> done)
    {
        try
        {
            var result = await done.ConfigureAwait(false);
            backing.Paid(refunded: result.IsRepeated ? settlement.Actuals : null);
            backing.Learn(result.Record.Charges);
            if (!result.IsRepeated && !result.Record.WasHeld)
            {
                Retire(backing);
            }

            return result;
        }
        catch (BudgetRangeException)
        {
            backing.Paid(refunded: settlement.Actuals);
            throw;
        }
        catch
        {
            // Whether the store has it is not known. It will be settled again, and out of this float.
            backing.Keep(settlement.RequestId);
            _backed[(settlement.Partition, settlement.RequestId)] = backing;
            Retire(backing);
            throw;
        }
    }

    private void TopUp(BudgetFloat low, TimeSpan lease, long now)
    {
        long length = (long)(lease.TotalSeconds * _time.TimestampFrequency);
        if (low.TopUp(_share, now, length, _store.Epoch) is { } charges)
        {
            _ = TopUpAsync(low, new Reservation { RequestId = low.Id, Partition = low.Partition, Lease = lease, Charges = charges }, charges, Until(now, lease));
        }
    }

    private async Task TopUpAsync(BudgetFloat low, Reservation reservation, Charge[] charges, long until)
    {
        bool isHeld = low.IsHeld;
        try
        {
            switch (await _store.TopUpAsync(reservation).ConfigureAwait(false))
            {
                case ReserveResult.Reserved reserved when !isHeld:
                    low.ToppedUp(charges, until, reserved.Counters);
                    break;
                case ReserveResult.AlreadyHeld held when isHeld:
                    low.ToppedUp(charges, until, held.Counters);
                    break;
                case ReserveResult.Refused:
                    low.ToppedUp(charges, until, states: null);
                    break;
                default:
                    // The store had lost it, or holds what it should not: it is given back whole.
                    low.ToppedUp(charges, until, states: null);
                    Retire(low);
                    break;
            }
        }
        catch (Exception exception) when (exception is BudgetStoreException or BudgetRangeException)
        {
            low.ToppedUp(charges, until, states: null);
            Retire(low);
        }
    }

    /// <summary>For how long what was just held can be relied on by this process's clock: less than the lease by a quarter, for the way and for clocks.</summary>
    private long Until(long now, TimeSpan lease) => now + (long)(lease.TotalSeconds * 0.75 * _time.TimestampFrequency);

    private void Retire(BudgetFloat gone)
    {
        foreach (var (key, value) in _floats)
        {
            if (ReferenceEquals(value, gone))
            {
                Retire(key, gone);
                return;
            }
        }

        gone.Retire();
        _retired[gone] = true;
    }

    private void Retire(FloatKey key, BudgetFloat gone)
    {
        gone.Retire();
        _retired[gone] = true;
        _floats.TryRemove(new KeyValuePair<FloatKey, BudgetFloat>(key, gone));
    }

    private void Rest()
    {
        foreach (var (key, value) in _floats)
        {
            if (value.Rest())
            {
                Retire(key, value);
            }
        }

        foreach (var gone in _retired.Keys)
        {
            GiveBack(gone);
        }
    }

    private void GiveBack(BudgetFloat gone)
    {
        if (gone.Rest())
        {
            _ = ReleaseAsync(gone);
        }
    }

    private async Task ReleaseAsync(BudgetFloat gone)
    {
        _retired.TryRemove(gone, out _);
        if (!gone.MayBeHeld)
        {
            return;
        }

        try
        {
            await _store.ReleaseAsync(gone.Partition, gone.Id).ConfigureAwait(false);
        }
        catch (BudgetStoreException)
        {
            // It ends with its lease.
        }
    }
}
