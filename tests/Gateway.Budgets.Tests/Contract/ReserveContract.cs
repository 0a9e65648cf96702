using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Contract;

/// <summary>What every store does with reservations.</summary>
public abstract class ReserveContract(StoreHarness harness)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly string _partition = NewPartition();

    private IBudgetStore Store => harness.Store;

    [Fact]
    public async Task Reserve_FitsEveryLimit_HoldsOnEach()
    {
        var result = await Store.ReserveAsync(Reservation(_partition, "r1", Month.Hard(100, 60), Day.Hard(60, 60), Tag.Soft(10, 25)));

        var reserved = Assert.IsType<ReserveResult.Reserved>(result);
        Assert.Equal([new(Month, 0, 60), new(Day, 0, 60), new(Tag, 0, 25)], reserved.Counters);
        Assert.Equal([40, 0, -15], reserved.Counters.Zip([100L, 60, 10], (state, limit) => state.Left(limit)));
        Assert.Equal(reserved.Counters, await Store.ReadAsync(_partition, [Month, Day, Tag]));
        Assert.Contains(_partition, await Store.ReadPartitionsAsync());
    }

    [Fact]
    public async Task Reserve_OneLimitTooSmall_HoldsNothingAnywhere()
    {
        await Store.ReserveAsync(Reservation(_partition, "r1", Day.Hard(100, 70)));

        var result = await Store.ReserveAsync(Reservation(_partition, "r2", Month.Hard(1000, 31), Day.Hard(100, 31, Noon), Tag.Soft(1000, 31)));

        var refused = Assert.IsType<ReserveResult.Refused>(result);
        Assert.Equal((Day, 30, Noon), (refused.Counter, refused.Left, refused.WindowEnd));
        Assert.Equal([new(Month, 0, 0), new(Day, 0, 70), new(Tag, 0, 0)], await Store.ReadAsync(_partition, [Month, Day, Tag]));
        Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(Reservation(_partition, "r2", Day.Hard(100, 30))));
    }

    [Fact]
    public async Task Reserve_SeveralLimitsTooSmall_NamesTheOneWhoseWindowEndsLast()
    {
        var result = await Store.ReserveAsync(
            Reservation(_partition, "r1", Day.Hard(5, 10, Noon), Month.Hard(7, 10, Noon.AddDays(8)), Tag.Hard(3, 10, Noon.AddHours(1))));

        var refused = Assert.IsType<ReserveResult.Refused>(result);
        Assert.Equal((Month, 7, Noon.AddDays(8)), (refused.Counter, refused.Left, refused.WindowEnd));
    }

    [Fact]
    public async Task Reserve_SoftLimitUsedUp_IsReserved()
    {
        await Store.ReserveAsync(Reservation(_partition, "r1", Tag.Soft(10, 10)));

        var result = await Store.ReserveAsync(Reservation(_partition, "r2", Tag.Soft(10, 10)));

        Assert.Equal([new(Tag, 0, 20)], Assert.IsType<ReserveResult.Reserved>(result).Counters);
    }

    [Fact]
    public async Task Reserve_HoldOfNothingOnAnOverdrawnBudget_IsReserved()
    {
        var paid = Reservation(_partition, "r1", Month.Hard(10, 10));
        await Store.ReserveAsync(paid);
        await Store.SettleAsync(paid.At(15));

        Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(Reservation(_partition, "free", Month.Hard(10, 0))));
        var refused = Assert.IsType<ReserveResult.Refused>(await Store.ReserveAsync(Reservation(_partition, "r2", Month.Hard(10, 1))));
        Assert.Equal(-5, refused.Left);
    }

    [Fact]
    public async Task Reserve_NoBudgets_IsHeldAllTheSame()
    {
        var reservation = Reservation(_partition, "r1");

        Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(reservation));
        Assert.IsType<ReserveResult.AlreadyHeld>(await Store.ReserveAsync(reservation));
    }

    [Fact]
    public async Task Reserve_Again_HoldsOnce()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60));
        await Store.ReserveAsync(reservation);

        var held = Assert.IsType<ReserveResult.AlreadyHeld>(await Store.ReserveAsync(reservation));

        Assert.Equal([new(Month, 0, 60)], held.Counters);
    }

    [Fact]
    public async Task Reserve_AgainWithMore_RaisesOnAllCountersOrOnNone()
    {
        await Store.ReserveAsync(Reservation(_partition, "r1", Month.Hard(100, 30), Day.Hard(100, 50)));

        var raised = await Store.ReserveAsync(Reservation(_partition, "r1", Month.Hard(100, 60), Day.Hard(100, 40)));
        var refused = await Store.ReserveAsync(Reservation(_partition, "r1", Month.Hard(100, 70), Day.Hard(100, 110)));

        Assert.Equal([new(Month, 0, 60), new(Day, 0, 50)], Assert.IsType<ReserveResult.Reserved>(raised).Counters);
        Assert.Equal((Day, 50), (Assert.IsType<ReserveResult.Refused>(refused).Counter, ((ReserveResult.Refused)refused).Left));
        Assert.Equal([new(Month, 0, 60), new(Day, 0, 50)], await Store.ReadAsync(_partition, [Month, Day]));
    }

    [Fact]
    public async Task Release_Held_GivesTheRoomBackAndLeavesNoTrace()
    {
        await Store.ReserveAsync(Reservation(_partition, "r1", Month.Hard(100, 60)));

        Assert.True(await Store.ReleaseAsync(_partition, "r1"));
        Assert.False(await Store.ReleaseAsync(_partition, "r1"));

        Assert.Equal(new(Month, 0, 0), await Store.ReadAsync(_partition, Month));
        Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(Reservation(_partition, "r1", Month.Hard(100, 100))));
        Assert.Empty(await Store.LedgerAsync(_partition));
    }

    [Fact]
    public async Task Reserve_AfterTheSettlement_HoldsNothing()
    {
        var reservation = Reservation(_partition, "r1", Month.Hard(100, 60));
        await Store.ReserveAsync(reservation);
        await Store.SettleAsync(reservation.At(10));

        Assert.IsType<ReserveResult.AlreadySettled>(await Store.ReserveAsync(reservation));
        Assert.Equal(new(Month, 10, 0), await Store.ReadAsync(_partition, Month));
    }

    [Fact]
    public async Task Reserve_AfterRefusal_MayBeTriedAgain()
    {
        var first = Reservation(_partition, "r1", Month.Hard(100, 80));
        var second = Reservation(_partition, "r2", Month.Hard(100, 30));
        await Store.ReserveAsync(first);
        Assert.IsType<ReserveResult.Refused>(await Store.ReserveAsync(second));

        await Store.SettleAsync(first.At(70));

        Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(second));
    }

    [Fact]
    public async Task Trap1_Reserve_HundredClientsAtOnce_AsManyAsFitAndNoMore()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(client =>
            harness.Gateways[client % harness.Gateways.Count].ReserveAsync(
                Reservation(_partition, $"r{client}", Month.Hard(1_000, 30), Day.Hard(10_000, 30)))));

        Assert.Equal(33, results.Count(result => result is ReserveResult.Reserved));
        Assert.Equal(67, results.Count(result => result is ReserveResult.Refused { Left: 10 }));
        Assert.Equal([new(Month, 0, 990), new(Day, 0, 990)], await Store.ReadAsync(_partition, [Month, Day]));
    }

    [Fact]
    public async Task Trap4_Reserve_LeasesOfCrashedClientsOver_RoomIsThereAgain()
    {
        for (int i = 0; i < 50; i++)
        {
            await Store.ReserveAsync(Reservation(_partition, $"crashed{i}", Minute, Month.Hard(100, 2), Day.Soft(0, 1)));
        }

        var all = Reservation(_partition, "r1", Month.Hard(100, 100), Day.Hard(1, 1));
        Assert.IsType<ReserveResult.Refused>(await Store.ReserveAsync(all));
        await harness.AdvanceAsync(_partition, 2 * Minute);

        Assert.Equal([new(Month, 0, 0), new(Day, 0, 0)], await Store.ReadAsync(_partition, [Month, Day]));
        var reserved = Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(all));
        Assert.Equal([new(Month, 0, 100), new(Day, 0, 1)], reserved.Counters);
    }

    [Fact]
    public async Task Trap4_Reserve_LeasesOver_TakesThemBackAndSaysHowMany()
    {
        for (int i = 0; i < 10; i++)
        {
            await Store.ReserveAsync(Reservation(_partition, $"crashed{i}", Minute, Month.Hard(100, 1)));
        }

        await Store.ReserveAsync(Reservation(_partition, "live", 5 * Minute, Month.Hard(100, 1)));
        await harness.AdvanceAsync(_partition, 2 * Minute);

        var reserved = Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(Reservation(_partition, "r1", Month.Hard(100, 1))));

        Assert.InRange(reserved.Expired, 10, int.MaxValue);
        Assert.Equal([new(Month, 0, 2)], reserved.Counters);
    }

    [Fact]
    public async Task Trap4_Reserve_OwnLeaseOver_IsANewHold()
    {
        var reservation = Reservation(_partition, "r1", Minute, Month.Hard(100, 60));
        await Store.ReserveAsync(reservation);
        await harness.AdvanceAsync(_partition, 2 * Minute);

        var reserved = Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(reservation));

        Assert.Equal([new(Month, 0, 60)], reserved.Counters);
    }

    [Fact]
    public async Task Reserve_AmountsUpToTheLargest_AreExact()
    {
        var large = Reservation(_partition, "r1", Month.Hard(BudgetAmount.Max, BudgetAmount.Max - 1));
        await Store.ReserveAsync(large);

        var refused = Assert.IsType<ReserveResult.Refused>(await Store.ReserveAsync(Reservation(_partition, "r2", Month.Hard(BudgetAmount.Max, 2))));
        Assert.Equal(1, refused.Left);
        Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(Reservation(_partition, "r3", Month.Hard(BudgetAmount.Max, 1))));
        await Store.SettleAsync(large.At(BudgetAmount.Max - 3));

        Assert.Equal(new(Month, BudgetAmount.Max - 3, 1), await Store.ReadAsync(_partition, Month));
    }

    [Fact]
    public async Task Reserve_CounterWouldPassTheLargest_IsAnErrorThatNamesIt()
    {
        await Store.ReserveAsync(Reservation(_partition, "r1", Tag.Soft(1, BudgetAmount.Max)));

        var exception = await Assert.ThrowsAsync<BudgetRangeException>(
            () => Store.ReserveAsync(Reservation(_partition, "r2", Month.Soft(1, 1), Tag.Soft(1, 1))));

        Assert.Equal(Tag, exception.Counter);
        Assert.Equal(new(Month, 0, 0), await Store.ReadAsync(_partition, Month));
    }

    [Fact]
    public async Task Reserve_InvalidReservation_IsAnErrorThatSaysWhy()
    {
        await InvalidAsync(Reservation(_partition, ""), "RequestId");
        await InvalidAsync(Reservation(_partition, "r1", TimeSpan.Zero), "lease");
        await InvalidAsync(Reservation(_partition, "r1", TimeSpan.FromDays(2)), "lease");
        await InvalidAsync(Reservation(_partition, "r1", Month.Hard(100, -1)), Month.ToString());
        await InvalidAsync(Reservation(_partition, "r1", Month.Hard(BudgetAmount.Max + 1, 1)), Month.ToString());
        await InvalidAsync(Reservation(_partition, "r1", Month.Hard(100, 1), Month.Hard(100, 1)), "two charges");

        async Task InvalidAsync(Reservation reservation, string problem)
        {
            var exception = await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.ReserveAsync(reservation));
            Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reserve_OddNames_AreKeptApart()
    {
        string[] partitions = [$"{_partition}}} {{x", $"{_partition}%7D", $"{_partition}:ü", _partition + ""];
        var odd = new CounterId("a/b", "c d", "e%2F");
        var other = new CounterId("a", "b/c d", "e%2F");
        foreach (string partition in partitions)
        {
            var reservation = Reservation(partition, "r 1 {}\n", odd.Hard(10, 4), other.Hard(10, 5));
            Assert.IsType<ReserveResult.Reserved>(await Store.ReserveAsync(reservation));
            await Store.SettleAsync(reservation.At(2, 3));

            Assert.Equal([new(odd, 2, 0), new(other, 3, 0)], await Store.ReadAsync(partition, [odd, other]));
            var record = Assert.Single(await Store.LedgerAsync(partition));
            Assert.Equal([new(odd, 2, 2), new(other, 3, 3)], record.Position.Charges);
        }
    }

    [Fact]
    public async Task Extend_LiveHold_LastsLongerNeverShorter()
    {
        await Store.ReserveAsync(Reservation(_partition, "r1", 3 * Minute, Month.Hard(100, 60)));

        Assert.True(await Store.ExtendAsync(_partition, "r1", Minute));
        await harness.AdvanceAsync(_partition, 2 * Minute);
        Assert.Equal(60, (await Store.ReadAsync(_partition, Month)).Held);

        Assert.True(await Store.ExtendAsync(_partition, "r1", 5 * Minute));
        await harness.AdvanceAsync(_partition, 4 * Minute);
        Assert.Equal(60, (await Store.ReadAsync(_partition, Month)).Held);

        await harness.AdvanceAsync(_partition, 2 * Minute);
        Assert.Equal(0, (await Store.ReadAsync(_partition, Month)).Held);
    }

    [Fact]
    public async Task Extend_NothingHeld_SaysSo()
    {
        var settled = Reservation(_partition, "settled", Month.Hard(100, 10));
        await Store.ReserveAsync(settled);
        await Store.SettleAsync(settled.At(1));
        await Store.ReserveAsync(Reservation(_partition, "over", Minute, Month.Hard(100, 10)));
        await harness.AdvanceAsync(_partition, 2 * Minute);

        Assert.False(await Store.ExtendAsync(_partition, "settled", Minute));
        Assert.False(await Store.ExtendAsync(_partition, "over", Minute));
        Assert.False(await Store.ExtendAsync(_partition, "unknown", Minute));
        Assert.Equal(new(Month, 1, 0), await Store.ReadAsync(_partition, Month));
    }

    [Fact]
    public async Task Sweep_SomeLeasesOver_TakesBackThoseAndNamesThem()
    {
        for (int i = 0; i < 450; i++)
        {
            await Store.ReserveAsync(Reservation(_partition, $"over{i}", Minute, Month.Hard(10_000, 2), Day.Hard(10_000, 3), Tag.Hard(1, 0)));
        }

        await Store.ReserveAsync(Reservation(_partition, "live", 5 * Minute, Month.Hard(10_000, 50)));
        await harness.AdvanceAsync(_partition, 2 * Minute);

        var expired = (await Store.SweepAsync()).Where(hold => hold.Partition == _partition).ToList();

        Assert.Equal(Enumerable.Range(0, 450).Select(i => $"over{i}").Order(), expired.Select(hold => hold.RequestId).Order());
        Assert.All(expired, hold => Assert.Equal(new() { [Month] = 2, [Day] = 3 }, hold.Amounts.ToDictionary()));
        Assert.Equal([new(Month, 0, 50), new(Day, 0, 0)], await Store.ReadAsync(_partition, [Month, Day]));
        Assert.DoesNotContain(await Store.SweepAsync(), hold => hold.Partition == _partition);
    }
}
