using Gateway.Budgets.Sql;
using Gateway.Ledgers;
using Xunit;

namespace Gateway.IntegrationTests.Ledgers;

public sealed class LedgerPaceTests
{
    private static readonly LedgerOptions Options = new() { IntervalSeconds = 1, BatchSize = 100, MaxBusyShare = 0.25, MaxLagSeconds = 30 };

    /// <param name="work">Of the step, in milliseconds.</param>
    /// <param name="age">Of the oldest, in seconds.</param>
    /// <param name="rest">In milliseconds.</param>
    [Theory]
    [InlineData(10, 0, 0, 0, 1000)] // nothing came
    [InlineData(10, 0, 5, 99, 1000)] // what waits is with other gateways, however old
    [InlineData(10, 40, 0, 0, 1000)] // all is written: let entries gather
    [InlineData(800, 40, 0, 0, 2400)] // as well, and the work was long
    [InlineData(10, 100, 500, 1, 30)] // behind, and young: three parts of rest for one of work
    [InlineData(10, 40, 500, 1, 30)] // as well, in another partition
    [InlineData(10, 100, 500, 29.9, 30)]
    [InlineData(10, 100, 500, 30, 0)] // too old: no rest
    [InlineData(10, 40, 500, 30, 30)] // too old, but not in this gateway's hands
    [InlineData(60_000, 100, 500, 1, 30_000)] // never longer than the lag that is allowed
    public void RestAfter_Step_IsByShareWhileWhatWaitsIsYoung(double work, int taken, long left, double age, double rest) => Assert.Equal(
        TimeSpan.FromMilliseconds(rest),
        new LedgerPace(Options).RestAfter(TimeSpan.FromMilliseconds(work), taken, new LedgerBacklog(left, TimeSpan.FromSeconds(age))));

    [Fact]
    public void RestAfter_WholeShare_IsNoRestWhileThereIsMore()
    {
        var pace = new LedgerPace(Options with { MaxBusyShare = 1 });

        Assert.Equal(TimeSpan.Zero, pace.RestAfter(TimeSpan.FromSeconds(1), taken: 100, new LedgerBacklog(1, TimeSpan.Zero)));
        Assert.Equal(TimeSpan.FromSeconds(1), pace.RestAfter(TimeSpan.FromSeconds(1), taken: 100, left: null));
    }
}
