using System.Collections.Immutable;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Requests;

public sealed class BudgetGuardTests : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly string _partition = NewPartition();
    private readonly SqliteBudgetStore _real;
    private readonly UnreliableStore _store;
    private readonly Witness _witness = new();
    private readonly BudgetGuard _guard;

    public BudgetGuardTests()
    {
        _real = new SqliteBudgetStore(Path.Combine(_folder.Path, "budgets.db"), new BudgetStoreOptions(), _time);
        _store = new UnreliableStore(_real);
        _guard = new BudgetGuard(_store, new BudgetGuardOptions { Lease = Lease, MaxPending = 3 }, [_witness], _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _real.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Settle_Reserved_TellsObserversEachStep()
    {
        var hold = await HeldAsync("r1", Limit(100), 60);

        var uses = await SettleAsync(hold, 85);

        Assert.Equal([(0L, 60L, 0L)], _witness.Reserved.Select(use => (use.Spent, use.Held, use.Added)));
        Assert.Equal([(85L, 0L, 85L)], _witness.Settled.Select(use => (use.Spent, use.Held, use.Added)));
        Assert.Equal(_witness.Settled, uses!.Value);
        Assert.True(_witness.Settled[0].Reached(0.8m));
        Assert.False(_witness.Settled[0].Reached(0.9m));
    }

    [Fact]
    public async Task Settle_Twice_IsDoneAndToldOnce()
    {
        var hold = await HeldAsync("r1", Limit(100), 60);

        await SettleAsync(hold, 10);
        Assert.Null(await SettleAsync(hold, 10));

        Assert.Single(_witness.Settled);
        await AssertSpentAsync(10);
    }

    [Fact]
    public async Task Reserve_StoreGoneAndDeny_IsUnavailable()
    {
        _store.IsCut = true;

        var unavailable = Assert.IsType<HoldResult.Unavailable>(await ReserveAsync("r1", Limit(100), 10));

        Assert.Equal("limit", unavailable.Charge!.Limit.Name);
        Assert.Equal("the line is cut", _guard.Problem);
        Assert.IsType<HoldResult.Held>(await _guard.ReserveAsync(_partition, "free", []));
    }

    [Fact]
    public async Task Outage_ThatIsOver_IsStillKnownByItsReason()
    {
        Assert.Null(_guard.LastProblem);
        _store.IsCut = true;
        await ReserveAsync("r1", Limit(100), 10);
        _store.IsCut = false;
        await HeldAsync("r2", Limit(100), 10);

        Assert.Equal((1, null, "the line is cut"), (_guard.Outages, _guard.Problem, _guard.LastProblem));
    }

    [Fact]
    public async Task Reserve_StoreGoneAndGrace_HoldsUpToItAndSettlesLater()
    {
        var limit = Limit(100, grace: 25);
        _store.IsCut = true;
        var first = await HeldAsync("r1", limit, 10);
        var second = await HeldAsync("r2", limit, 10);
        Assert.IsType<HoldResult.Unavailable>(await ReserveAsync("r3", limit, 10));

        // What is known to cost less leaves room, although the store does not have it yet.
        Assert.Null(await SettleAsync(first, 3));
        var third = await HeldAsync("r3", limit, 10);
        Assert.Equal((1, 2), (_guard.Pending, _guard.Open));

        _store.IsCut = false;
        Assert.Empty(await _guard.FlushAsync(default));
        Assert.NotNull(await SettleAsync(second, 4));
        Assert.NotNull(await SettleAsync(third, 5));
        await AssertSpentAsync(12);
        Assert.Equal([3, 4, 5], _witness.Settled.Select(use => use.Added));

        // The allowance is whole again.
        _store.IsCut = true;
        await HeldAsync("r4", limit, 25);
    }

    [Fact]
    public async Task Reserve_WhileSettlementsWait_StoreCountsAsGone()
    {
        var hold = await HeldAsync("r1", Limit(100), 60);
        _store.IsCut = true;
        await SettleAsync(hold, 60);
        _store.IsCut = false;

        Assert.IsType<HoldResult.Unavailable>(await ReserveAsync("r2", Limit(100), 10));
        await _guard.FlushAsync(default);

        Assert.IsType<HoldResult.Held>(await ReserveAsync("r2", Limit(100), 10));
        await AssertSpentAsync(60);
    }

    [Fact]
    public async Task Reserve_AsManyWaitAsMay_EverybodyIsRefused()
    {
        var limit = Limit(100, grace: 100);
        _store.IsCut = true;
        for (int i = 0; i < 3; i++)
        {
            await SettleAsync(await HeldAsync($"r{i}", limit, 1), 1);
        }

        Assert.Null(Assert.IsType<HoldResult.Unavailable>(await _guard.ReserveAsync(_partition, "free", [])).Charge);
        _store.IsCut = false;
        await _guard.FlushAsync(default);
        Assert.IsType<HoldResult.Held>(await _guard.ReserveAsync(_partition, "free", []));
    }

    [Fact]
    public async Task Settle_AnswerIsLost_CountsOnceAndIsTold()
    {
        var hold = await HeldAsync("r1", Limit(100), 60);
        _store.LosesAnswers = true;
        Assert.Null(await SettleAsync(hold, 10));
        _store.LosesAnswers = false;

        await _guard.FlushAsync(default);

        Assert.Single(_witness.Settled);
        await AssertSpentAsync(10);
    }

    [Fact]
    public async Task Reserve_RefusedBecauseTheAnswerWasLost_HoldsNothingOnceTheStoreAnswers()
    {
        _store.LosesAnswers = true;
        Assert.IsType<HoldResult.Unavailable>(await ReserveAsync("r1", Limit(100), 60));
        Assert.Equal(60, (await CounterAsync()).Held);
        _store.LosesAnswers = false;

        await _guard.FlushAsync(default);

        Assert.Equal(0, (await CounterAsync()).Held);
    }

    [Fact]
    public async Task Settle_StoreRefusesOneRequestForGood_OthersDoNotWaitForIt()
    {
        var hold = await HeldAsync("r1", Limit(100), 10);
        _store.Refuses = "r1";
        await SettleAsync(hold, 10);
        Assert.IsType<HoldResult.Unavailable>(await ReserveAsync("r2", Limit(100), 10));
        for (int i = 0; i < 240; i++)
        {
            await _guard.FlushAsync(default);
        }

        await SettleAsync(await HeldAsync("r2", Limit(100), 10), 7);
        Assert.Equal(1, _guard.Pending);
        _store.Refuses = null;
        await _guard.FlushAsync(default);
        await AssertSpentAsync(17);
    }

    [Fact]
    public async Task Raise_RoomForIt_HoldsMoreAndElseWhatItHeld()
    {
        var hold = await HeldAsync("r1", Limit(100), 40);

        Assert.True(await _guard.TryRaiseAsync(hold, [Charge(Limit(100), 70)]));
        Assert.False(await _guard.TryRaiseAsync(hold, [Charge(Limit(100), 120)]));

        Assert.Equal(70, (await CounterAsync()).Held);
        await SettleAsync(hold, 90);
        await AssertSpentAsync(90);
        Assert.Equal(0, (await CounterAsync()).Held);
    }

    [Fact]
    public async Task Raise_InGrace_TakesFromTheAllowance()
    {
        var limit = Limit(100, grace: 25);
        _store.IsCut = true;
        var hold = await HeldAsync("r1", limit, 10);

        Assert.True(await _guard.TryRaiseAsync(hold, [Charge(limit, 20)]));
        Assert.False(await _guard.TryRaiseAsync(hold, [Charge(limit, 30)]));
        Assert.IsType<HoldResult.Unavailable>(await ReserveAsync("r2", limit, 10));
        await HeldAsync("r3", limit, 5);
    }

    [Fact]
    public async Task Extend_RequestThatOutlastsItsLease_KeepsItsHold()
    {
        var hold = await HeldAsync("r1", Limit(100), 60);
        for (int i = 0; i < 10; i++)
        {
            _time.Advance(Lease / 2);
            Assert.Equal(1, (await _guard.ExtendAsync(default)).Extended);
        }

        Assert.Equal(60, (await CounterAsync()).Held);
        await SettleAsync(hold, 10);
        _time.Advance(Lease / 2);
        Assert.Equal(0, (await _guard.ExtendAsync(default)).Extended);
    }

    [Fact]
    public async Task Extend_HoldWasLost_IsReservedAgainWhereThereIsRoom()
    {
        await HeldAsync("r1", Limit(100), 60);
        await _real.ReleaseAsync(_partition, "r1");
        _time.Advance(Lease / 2);

        Assert.Equal(1, (await _guard.ExtendAsync(default)).Restored);
        Assert.Equal(60, (await CounterAsync()).Held);

        await _real.ReleaseAsync(_partition, "r1");
        await _real.ReserveAsync(Reservation(_partition, "other", Charge(Limit(100), 50).Counter.Hard(100, 50)));
        _time.Advance(Lease / 2);
        Assert.Equal(["r1"], (await _guard.ExtendAsync(default)).Lost);
    }

    [Fact]
    public async Task Extend_HeldInGrace_MovesIntoTheStoreOnceItAnswers()
    {
        var limit = Limit(100, grace: 25);
        _store.IsCut = true;
        var hold = await HeldAsync("r1", limit, 20);
        _time.Advance(Lease / 2);
        Assert.Equal(0, (await _guard.ExtendAsync(default)).Restored);
        _store.IsCut = false;

        Assert.Equal(1, (await _guard.ExtendAsync(default)).Restored);

        Assert.False(hold.IsLocal);
        Assert.Equal(20, (await CounterAsync()).Held);
        _store.IsCut = true;
        await HeldAsync("r2", limit, 25);
    }

    private static BudgetLimit Limit(long amount, long grace = 0) => new()
    {
        Name = "limit",
        ScopeKind = BudgetScopeKind.Team,
        Measure = BudgetMeasure.Cost,
        Amount = amount,
        Period = BudgetPeriod.Lifetime,
        OnStoreDown = grace > 0 ? StoreDownAction.Grace : StoreDownAction.Deny,
        GraceAmount = grace,
    };

    private static LimitCharge Charge(BudgetLimit limit, long hold) => new(new AppliedLimit(limit, "search"), BudgetWindow.Lifetime, hold);

    private Task<HoldResult> ReserveAsync(string request, BudgetLimit limit, long hold) => _guard.ReserveAsync(_partition, request, [Charge(limit, hold)]);

    private async Task<RequestHold> HeldAsync(string request, BudgetLimit limit, long hold) =>
        Assert.IsType<HoldResult.Held>(await ReserveAsync(request, limit, hold)).Hold;

    private Task<ImmutableArray<LimitUse>?> SettleAsync(RequestHold hold, long cost) =>
        _guard.SettleAsync(hold, hold.Charges.ToDictionary(charge => charge.Counter, _ => cost), Entry(hold.Reservation.RequestId, cost));

    private Task<CounterState> CounterAsync() => _real.ReadAsync(_partition, Charge(Limit(100), 0).Counter);

    private async Task AssertSpentAsync(long spent)
    {
        Assert.Equal(spent, (await CounterAsync()).Spent);
        await _real.AssertAgreesAsync(_partition, Charge(Limit(100), 0).Counter);
    }

    private sealed class Witness : IBudgetObserver
    {
        public List<LimitUse> Reserved { get; } = [];

        public List<LimitUse> Settled { get; } = [];

        void IBudgetObserver.Reserved(string partition, IReadOnlyList<LimitUse> limits) => Reserved.AddRange(limits);

        void IBudgetObserver.Settled(string partition, LedgerEntry entry, IReadOnlyList<LimitUse> limits) => Settled.AddRange(limits);
    }
}
