using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests;

public sealed class SettlementTests
{
    private static readonly Reservation Held = Reservation("acme", "r1", Month.Hard(100, 60), Day.Hard(10, 5, Noon));

    [Fact]
    public void Of_AllAmountsKnown_KeepsTheEntry()
    {
        var settlement = Held.At(25, 1);

        Assert.Equal([new(Month, 25, DateTimeOffset.MaxValue), new(Day, 1, Noon)], settlement.Actuals);
        Assert.Equal(CostBasis.Reported, settlement.Entry.Basis);
    }

    [Fact]
    public void Trap6_Of_AmountUnknown_CostsTheHoldAndFlagsTheEntry()
    {
        var settlement = Settlement.Of(Held, new Dictionary<CounterId, long> { [Day] = 0 }, Entry("r1"));

        Assert.Equal([60, 0], settlement.Actuals.Select(actual => actual.Amount));
        Assert.Equal(CostBasis.Hold, settlement.Entry.Basis);
    }

    [Fact]
    public void Of_WhatDoesNotFit_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Settlement.Of(Held, new Dictionary<CounterId, long>(), Entry("r2")));
        Assert.Throws<ArgumentException>(() => Settlement.Of(Held, new Dictionary<CounterId, long> { [Tag] = 1 }, Entry("r1")));
        Assert.Throws<ArgumentOutOfRangeException>(() => Settlement.Of(Held, new Dictionary<CounterId, long> { [Day] = -1 }, Entry("r1")));
        Assert.Throws<ArgumentOutOfRangeException>(() => Settlement.Of(Held, new Dictionary<CounterId, long> { [Day] = BudgetAmount.Max + 1 }, Entry("r1")));
    }
}
