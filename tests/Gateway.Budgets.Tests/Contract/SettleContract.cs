using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Contract;

/// <summary>What every store does with settlements, and its ledger.</summary>
public abstract class SettleContract(StoreHarness harness)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly string _partition = NewPartition();

    private IBudgetStore Store => harness.Store;

    [Fact]
    public async Task Settle_Held_IsSpentInsteadOfHeld()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60), Day.Hard(100, 60), Tag.Soft(1, 1));
        await Store.ReserveAsync(reservation);

        var result = await Store.SettleAsync(reservation.At(25, 30, 0));

        Assert.False(result.IsRepeated);
        Assert.True(result.Record.WasHeld);
        Assert.Equal([new(Month, 25, 25), new(Day, 30, 30), new(Tag, 0, 0)], result.Record.Charges);
        Assert.Equal([new(Month, 25, 0), new(Day, 30, 0), new(Tag, 0, 0)], await Store.ReadAsync(_partition, [Month, Day, Tag]));
    }

    [Fact]
    public async Task Trap5_Settle_ManyRequests_LedgerAndCountersMoveTogether()
    {
        for (int i = 1; i <= 20; i++)
        {
            var reservation = Reservation(_partition, $"r{i}", Month.Hard(1_000, 40), Day.Hard(1_000, 40));
            await Store.ReserveAsync(reservation);
            await Store.SettleAsync(reservation.At(i, 2 * i));
            await Store.AssertAgreesAsync(_partition, Month, Day);
        }

        Assert.Equal([new(Month, 210, 0), new(Day, 420, 0)], await Store.ReadAsync(_partition, [Month, Day]));
    }

    [Fact]
    public async Task Trap5_Settle_Entry_KeepsEveryColumn()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60));
        await Store.ReserveAsync(reservation);
        var settlement = reservation.At(25);

        var result = await Store.SettleAsync(settlement);

        var record = Assert.Single(await Store.LedgerAsync(_partition));
        Assert.Equal(settlement.Entry, record.Entry);
        Assert.Equivalent(result.Record, record.Position, strict: true);
    }

    [Fact]
    public async Task Trap7_Settle_Again_CountsOnceAndAnswersTheSame()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60));
        var other = Reservation(_partition, "r2", Month.Hard(100, 10));
        await Store.ReserveAsync(reservation);
        var first = await Store.SettleAsync(reservation.At(25));
        await Store.SettleAsync(other.At(10));

        var second = await Store.SettleAsync(reservation.At(25));

        Assert.True(second.IsRepeated);
        Assert.Equivalent(first.Record, second.Record, strict: true);
        Assert.Equal(new(Month, 35, 0), await Store.ReadAsync(_partition, Month));
        await Store.AssertAgreesAsync(_partition, Month);
    }

    [Fact]
    public async Task Trap7_Settle_ManyTimesAtOnce_CountsOnce()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60));
        await Store.ReserveAsync(reservation);

        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => harness.Gateways[i % harness.Gateways.Count].SettleAsync(reservation.At(25))));

        Assert.Single(results, result => !result.IsRepeated);
        Assert.All(results, result => Assert.Equivalent(results[0].Record, result.Record, strict: true));
        Assert.Equal(new(Month, 25, 0), await Store.ReadAsync(_partition, Month));
        Assert.Single(await Store.LedgerAsync(_partition));
    }

    [Fact]
    public async Task Settle_AfterTheLease_IsCountedAndSaysSo()
    {
        var reservation = Reservation(_partition, "r1", Minute, Month.Hard(100, 60));
        await Store.ReserveAsync(reservation);
        await harness.AdvanceAsync(_partition, 2 * Minute);
        Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(Reservation(_partition, "r2", Month.Hard(100, 90))));

        var result = await Store.SettleAsync(reservation.At(25));

        Assert.False(result.Record.WasHeld);
        Assert.Equal(new(Month, 25, 90), await Store.ReadAsync(_partition, Month));
        Assert.False(Assert.Single(await Store.LedgerAsync(_partition)).Position.WasHeld);
    }

    [Fact]
    public async Task Settle_NeverReserved_IsCountedAndSaysSo()
    {
        var result = await Store.SettleAsync(Reservation(_partition, "r1", Month.Hard(10, 10)).At(25));

        Assert.False(result.Record.WasHeld);
        Assert.Equal(new(Month, 25, 0), await Store.ReadAsync(_partition, Month));
        Assert.Contains(_partition, await Store.ReadPartitionsAsync());
    }

    [Fact]
    public async Task Trap6_Settle_UnknownPrice_CostsTheHoldAndIsFlagged()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60), Day.Hard(10, 5));
        await Store.ReserveAsync(reservation);
        var settlement = Settlement.Of(reservation, new Dictionary<CounterId, long> { [Day] = 1 }, Entry("r1") with { PriceVersion = null });

        await Store.SettleAsync(settlement);

        Assert.Equal([new(Month, 60, 0), new(Day, 1, 0)], await Store.ReadAsync(_partition, [Month, Day]));
        Assert.Equal(CostBasis.Hold, Assert.Single(await Store.LedgerAsync(_partition)).Entry.Basis);
    }

    [Fact]
    public async Task Settle_AboveTheHold_IsCountedInFull()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60));
        await Store.ReserveAsync(reservation);

        await Store.SettleAsync(reservation.At(130));

        Assert.Equal(new(Month, 130, 0), await Store.ReadAsync(_partition, Month));
    }

    [Fact]
    public async Task Settle_CounterWouldPassTheLargest_ChangesNothing()
    {
        await Store.SettleAsync(Reservation(_partition, "r1", Tag.Soft(1, 1)).At(BudgetAmount.Max - 5));
        var reservation = Reservation(_partition, "r2", Month.Hard(100, 5), Tag.Soft(1, 5));
        await Store.ReserveAsync(reservation);

        var exception = await Assert.ThrowsAsync<BudgetRangeException>(() => Store.SettleAsync(reservation.At(6, 6)));

        Assert.Equal(Tag, exception.Counter);
        Assert.Equal([new(Month, 0, 5), new(Tag, BudgetAmount.Max - 5, 5)], await Store.ReadAsync(_partition, [Month, Tag]));
        await Store.SettleAsync(reservation.At(5, 5));
        await Store.AssertAgreesAsync(_partition, Month, Tag);
    }

    [Fact]
    public async Task Settle_LongAfterTheWindow_CounterIsDroppedAndTheLedgerStays()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60, harness.Now + Minute), Tag.Hard(100, 60));
        await Store.ReserveAsync(reservation);
        await Store.SettleAsync(reservation.At(25, 25));

        await harness.AdvanceAsync(_partition, StoreHarness.Memory);
        Assert.Equal([new(Month, 25, 0), new(Tag, 25, 0)], await Store.ReadAsync(_partition, [Month, Tag]));

        await harness.AdvanceAsync(_partition, 2 * Minute);
        Assert.Equal([new(Month, 0, 0), new(Tag, 25, 0)], await Store.ReadAsync(_partition, [Month, Tag]));
        await Store.SweepAsync();
        Assert.Equal([new(Month, 0, 0), new(Tag, 25, 0)], await Store.ReadAsync(_partition, [Month, Tag]));
        Assert.Single(await Store.LedgerAsync(_partition));
    }

    [Fact]
    public async Task ReadLedger_InPages_GivesEveryRecordOnceInOrder()
    {
        for (int i = 0; i < 25; i++)
        {
            await Store.SettleAsync(Reservation(_partition, $"r{i}", Month.Soft(0, 1)).At(1));
        }

        List<string> read = [];
        string? after = null;
        while (await Store.ReadLedgerAsync(_partition, after, 10) is { Count: > 0 } page)
        {
            Assert.True(page.Count <= 10);
            read.AddRange(page.Select(record => record.Entry.RequestId));
            after = page[^1].Position.Id;
        }

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"r{i}"), read);
        Assert.Empty(await Store.LedgerAsync(NewPartition()));
    }

    [Fact]
    public async Task Settle_SameRequestIdInTwoPartitions_AreTwoRequests()
    {
        string other = NewPartition();

        await Store.SettleAsync(Reservation(_partition, "r1", Month.Hard(100, 1)).At(1));
        var result = await Store.SettleAsync(Reservation(other, "r1", Month.Hard(100, 1)).At(2));

        Assert.False(result.IsRepeated);
        Assert.Equal(1, (await Store.ReadAsync(_partition, Month)).Spent);
        Assert.Equal(2, (await Store.ReadAsync(other, Month)).Spent);
    }
}
