using Xunit;

namespace Gateway.Budgets.Tests.Contract;

/// <summary>What a store must do, in the plainest words: the reference that the real ones are compared with.</summary>
internal sealed class BudgetModel(IReadOnlyList<Charge> limits)
{
    private readonly Dictionary<string, (long[] Amounts, TimeSpan End)> _holds = [];
    private readonly Dictionary<string, SettleResult> _settled = [];
    private readonly long[] _spent = new long[limits.Count];
    private readonly long[] _excess = new long[limits.Count];
    private TimeSpan _now;

    public int Settled => _settled.Count;

    public CounterState[] States => [.. limits.Select((limit, i) => new CounterState(limit.Counter, _spent[i], Live.Sum(hold => hold.Value.Amounts[i])))];

    private IEnumerable<KeyValuePair<string, (long[] Amounts, TimeSpan End)>> Live => _holds.Where(hold => hold.Value.End > _now);

    public void Advance(TimeSpan time) => _now += time;

    public void AssertReserve(Reservation reservation, ReserveResult result)
    {
        if (_settled.ContainsKey(reservation.RequestId))
        {
            Assert.IsType<ReserveResult.AlreadySettled>(result);
        }
        else if (HoldOf(reservation.RequestId) is { } before && reservation.Charges.Zip(before).All(pair => pair.First.Hold <= pair.Second))
        {
            Assert.Equal(States, Assert.IsType<ReserveResult.AlreadyHeld>(result).Counters);
        }
        else
        {
            AssertHold(reservation, result);
        }
    }

    /// <summary>What the request holds; null for nothing.</summary>
    public long[]? HoldOf(string request) => _holds.TryGetValue(request, out var hold) && hold.End > _now ? hold.Amounts : null;

    public void AssertRelease(string request, bool result)
    {
        Assert.Equal(HoldOf(request) is not null, result);
        _holds.Remove(request);
    }

    private void AssertHold(Reservation reservation, ReserveResult result)
    {
        var before = HoldOf(reservation.RequestId) ?? new long[limits.Count];
        var more = reservation.Charges.Zip(before, (charge, held) => charge with { Hold = Math.Max(0, charge.Hold - held) }).ToList();
        if (more.Zip(States).Any(pair => DoesNotFit(pair.First, pair.Second)))
        {
            var refused = Assert.IsType<ReserveResult.Refused>(result);
            var (charge, state) = more.Zip(States).Single(pair => pair.First.Counter == refused.Counter);
            Assert.True(DoesNotFit(charge, state));
            Assert.Equal(state.Left(charge.LimitAmount), refused.Left);
            return;
        }

        var end = _now + reservation.Lease;
        _holds[reservation.RequestId] = (
            [.. reservation.Charges.Zip(before, (charge, held) => Math.Max(charge.Hold, held))],
            HoldOf(reservation.RequestId) is not null && _holds[reservation.RequestId].End > end ? _holds[reservation.RequestId].End : end);
        Assert.Equal(States, Assert.IsType<ReserveResult.Reserved>(result).Counters);
    }

    public void AssertSettle(Settlement settlement, SettleResult result)
    {
        bool isRepeated = _settled.TryGetValue(settlement.RequestId, out var first);
        Assert.Equal(isRepeated, result.IsRepeated);
        if (first is not null)
        {
            Assert.Equivalent(first.Record, result.Record, strict: true);
            return;
        }

        bool wasHeld = Live.Any(hold => hold.Key == settlement.RequestId);
        Assert.Equal(wasHeld, result.Record.WasHeld);
        for (int i = 0; i < limits.Count; i++)
        {
            long amount = settlement.Actuals[i].Amount;
            _spent[i] += amount;
            _excess[i] += Math.Max(0, amount - (wasHeld ? _holds[settlement.RequestId].Amounts[i] : 0));
            Assert.Equal(new LedgerCharge(limits[i].Counter, amount, _spent[i]), result.Record.Charges[i]);
        }

        _holds.Remove(settlement.RequestId);
        _settled.Add(settlement.RequestId, result);
    }

    public void AssertExtend(string request, TimeSpan lease, bool result)
    {
        bool isLive = Live.Any(hold => hold.Key == request);
        Assert.Equal(isLive, result);
        if (isLive)
        {
            var (amounts, end) = _holds[request];
            _holds[request] = (amounts, end > _now + lease ? end : _now + lease);
        }
    }

    /// <summary>(a) Spent and held stay within every hard limit, but for what was settled above or without a hold.</summary>
    public void AssertWithinLimits(IReadOnlyList<CounterState> actual)
    {
        Assert.Equal(States, actual);
        foreach (var (limit, i) in limits.Select((limit, i) => (limit, i)).Where(pair => pair.limit.IsHard))
        {
            Assert.True(actual[i].Left(limit.LimitAmount) >= -_excess[i], $"{actual[i]} is above {limit.LimitAmount} by more than {_excess[i]}.");
        }
    }

    private static bool DoesNotFit(Charge charge, CounterState state) =>
        charge is { IsHard: true, Hold: > 0 } && state.Left(charge.LimitAmount) < charge.Hold;
}
