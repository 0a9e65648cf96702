using Gateway.Policies;
using Gateway.Testing;
using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Requests;

/// <summary>What a gateway leaves behind that is killed while its store is gone, and what the next one makes of it.</summary>
public sealed class SettlementJournalTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly string _partition = NewPartition();
    private readonly SqliteBudgetStore _real;
    private readonly UnreliableStore _store;

    public SettlementJournalTests()
    {
        _real = new SqliteBudgetStore(Path.Combine(_folder.Path, "budgets.db"), new BudgetStoreOptions(), _time);
        _store = new UnreliableStore(_real);
    }

    private string JournalPath => Path.Combine(_folder.Path, "data", "pending.jsonl");

    public async ValueTask DisposeAsync()
    {
        await _real.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recover_AfterAKill_SettlesWhatWaitedOnce(bool wasSettled)
    {
        using (var journal = new SettlementJournal(JournalPath))
        {
            // The answers may be lost after the store has done it.
            (_store.IsCut, _store.LosesAnswers) = (!wasSettled, wasSettled);
            await RunAsync(Guard(journal), 3);
        }

        (_store.IsCut, _store.LosesAnswers) = (true, false);
        using var next = new SettlementJournal(JournalPath);
        var guard = Guard(next);
        Assert.Equal(3, guard.Recover());

        // Until it is settled, the counters lack it, and limits are followed as if the store were gone.
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((3, TimeSpan.FromSeconds(5)), (guard.Pending, guard.PendingAge));
        Assert.Empty(await guard.FlushAsync(default));
        Assert.Equal(3, guard.Pending);

        _store.IsCut = false;
        Assert.Empty(await guard.FlushAsync(default));

        Assert.Equal((0, TimeSpan.Zero), (guard.Pending, guard.PendingAge));
        Assert.Equal(0, new FileInfo(JournalPath).Length);
        Assert.Equal(["r0", "r1", "r2"], (await _real.LedgerAsync(_partition)).Select(record => record.Entry.RequestId).Order(StringComparer.Ordinal));
        await _real.AssertAgreesAsync(_partition, Charge.Counter);
    }

    [Fact]
    public async Task Settle_KnownNotToBeOnItsWay_IsInTheJournalBeforeItReturns()
    {
        using var journal = new SettlementJournal(JournalPath);
        var guard = Guard(journal);
        var held = Assert.IsType<HoldResult.Held>(await guard.ReserveAsync(_partition, "r1", [Charge]));
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (_store.IsCut, _store.CutIsFound) = (true, found.Task);

        var settling = guard.SettleAsync(held.Hold, new Dictionary<CounterId, long> { [Charge.Counter] = 7 }, Entry("r1", 7));
        Assert.False(settling.IsCompleted);
        Assert.False(File.Exists(JournalPath));

        found.SetResult();
        Assert.Null(await settling);
        Assert.NotEqual(0, new FileInfo(JournalPath).Length);
    }

    [Fact]
    public async Task Recover_LinesThatAreTornOrUnreadable_TheOthersAreSettledAndNothingIsThrownAway()
    {
        using (var journal = new SettlementJournal(JournalPath))
        {
            _store.IsCut = true;
            await RunAsync(Guard(journal), 2);
        }

        var bytes = await File.ReadAllBytesAsync(JournalPath, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(JournalPath, [.. "{\"v\":9,\"strange\":true}\n"u8, .. bytes[..^20]], TestContext.Current.CancellationToken);
        using (var journal = new SettlementJournal(JournalPath))
        {
            var guard = Guard(journal);
            Assert.Equal(1, guard.Recover());
            await RunAsync(guard, 4, first: 3);
        }

        using var next = new SettlementJournal(JournalPath);
        Assert.Equal(2, Guard(next).Recover());
        Assert.Contains("strange", await File.ReadAllTextAsync(JournalPath + ".unreadable", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_FileThatAnotherHas_WaitsInMemoryAndSaysSo()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(JournalPath)!);
        await using var other = new FileStream(JournalPath, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        using var journal = new SettlementJournal(JournalPath);
        var guard = Guard(journal);
        Assert.Equal(0, guard.Recover());
        _store.IsCut = true;

        await RunAsync(guard, 1);

        Assert.Equal(1, guard.Pending);
        Assert.NotNull(guard.JournalProblem);
        _store.IsCut = false;
        Assert.Empty(await guard.FlushAsync(default));
        Assert.Equal(0, guard.Pending);
    }

    private static LimitCharge Charge { get; } = new(
        new AppliedLimit(
            new BudgetLimit
            {
                Name = "limit",
                ScopeKind = BudgetScopeKind.Team,
                Measure = BudgetMeasure.Cost,
                Amount = 1000,
                Period = BudgetPeriod.Lifetime,
                OnStoreDown = StoreDownAction.Grace,
                GraceAmount = 1000,
            },
            "search"),
        BudgetWindow.Lifetime,
        Hold: 10);

    private BudgetGuard Guard(SettlementJournal journal) => new(_store, new BudgetGuardOptions(), [], _time, journal);

    private async Task RunAsync(BudgetGuard guard, int end, int first = 0)
    {
        for (int i = first; i < end; i++)
        {
            var held = Assert.IsType<HoldResult.Held>(await guard.ReserveAsync(_partition, $"r{i}", [Charge]));
            Assert.Null(await guard.SettleAsync(held.Hold, new Dictionary<CounterId, long> { [Charge.Counter] = 7 }, Entry($"r{i}", 7)));
        }
    }
}
