using Gateway.Providers;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

public sealed class WaitClockTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Waited_SeveralWaits_AddUpWithoutTheTimeBetween()
    {
        var clock = new WaitClock(_time);

        clock.BeginWait();
        _time.Advance(30);
        clock.EndWait();
        _time.Advance(1000);
        clock.BeginWait();
        _time.Advance(12);
        clock.EndWait();

        Assert.Equal(TimeSpan.FromMilliseconds(42), clock.Waited);
    }

    [Fact]
    public void Waited_BeginAndEndTwice_CountOnce()
    {
        var clock = new WaitClock(_time);

        clock.EndWait();
        clock.BeginWait();
        _time.Advance(5);
        clock.BeginWait();
        _time.Advance(5);
        clock.EndWait();
        _time.Advance(5);
        clock.EndWait();

        Assert.Equal(TimeSpan.FromMilliseconds(10), clock.Waited);
    }
}
