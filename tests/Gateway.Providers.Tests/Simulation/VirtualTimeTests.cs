using Gateway.Providers.Simulation;
using Xunit;

namespace Gateway.Providers.Tests.Simulation;

public sealed class VirtualTimeTests
{
    [Fact]
    public async Task RunAsync_AnHourOfDelays_PassesOnTheClock()
    {
        var time = new VirtualTime();

        await time.RunAsync(async () =>
        {
            for (var second = 0; second < 3600; second++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time);
            }
        });

        Assert.Equal(TimeSpan.FromHours(1), time.Elapsed);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.Zero), time.GetUtcNow());
    }

    [Fact]
    public async Task RunAsync_SeveralTimers_FireByDueTimeThenInTheOrderOfTheirSetting()
    {
        var time = new VirtualTime();
        List<string> fired = [];
        async Task AfterAsync(double seconds, string name)
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), time);
            fired.Add($"{name}@{time.Elapsed.TotalSeconds}");
        }

        await time.RunAsync(() => Task.WhenAll(AfterAsync(2, "a"), AfterAsync(1, "b"), AfterAsync(2, "c"), AfterAsync(0.5, "d")));

        Assert.Equal(["d@0.5", "b@1", "a@2", "c@2"], fired);
    }

    [Fact]
    public async Task RunAsync_CancellationAfterADelay_ReachesWhoWaits()
    {
        var time = new VirtualTime();
        await time.RunAsync(async () =>
        {
            using var source = new CancellationTokenSource(TimeSpan.FromSeconds(10), time);
            var cancelled = new TaskCompletionSource();
            await using var registration = source.Token.Register(cancelled.SetResult);
            await cancelled.Task;
        });

        Assert.Equal(TimeSpan.FromSeconds(10), time.Elapsed);
    }

    [Fact]
    public async Task RunAsync_TimerThatIsChangedOrDisposedOf_FiresByItsLastSettingOnly()
    {
        var time = new VirtualTime();
        List<double> fired = [];
        await time.RunAsync(async () =>
        {
            await using var moved = time.CreateTimer(_ => fired.Add(time.Elapsed.TotalSeconds), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            moved.Change(TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
            var dropped = time.CreateTimer(_ => fired.Add(-1), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            await dropped.DisposeAsync();
            await using var repeated = time.CreateTimer(_ => fired.Add(100), null, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4));
            await Task.Delay(TimeSpan.FromSeconds(9), time);
        });

        Assert.Equal([3, 100, 100], fired);
    }

    [Fact]
    public async Task RunAsync_WorkThatThrows_Throws()
    {
        var time = new VirtualTime();
        await Assert.ThrowsAsync<FormatException>(() => time.RunAsync(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time);
            throw new FormatException();
        }));
    }

    [Fact]
    public async Task RunAsync_WorkThatWaitsForNothing_FailsWithTheReason()
    {
        var time = new VirtualTime();
        var exception = await Assert.ThrowsAsync<VirtualTimeException>(() => time.RunAsync(() => new TaskCompletionSource().Task));
        Assert.Contains("waits for something other than this clock", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yield")]
    [InlineData("run")]
    [InlineData("cancel")]
    public async Task RunAsync_StepOnAnotherThread_FailsRatherThanGuessTheTime(string leave)
    {
        var time = new VirtualTime();
        var exception = await Assert.ThrowsAsync<VirtualTimeException>(() => time.RunAsync(async () =>
        {
            // Always due: the clock has somewhere to leap to while the step is away.
            using var distant = new CancellationTokenSource(TimeSpan.FromDays(1), time);
            await Task.Delay(TimeSpan.FromSeconds(1), time).ConfigureAwait(false);
            await LeaveAsync(leave, time).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(1), time).ConfigureAwait(false);
        }));
        Assert.Contains("has left its thread", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ManyAtOnce_DoNotMix()
    {
        var elapsed = await Task.WhenAll(Enumerable.Range(1, 20).Select(async hours =>
        {
            var time = new VirtualTime();
            await time.RunAsync(() => Task.Delay(TimeSpan.FromHours(hours), time));
            return time.Elapsed.TotalHours;
        }));

        Assert.Equal(Enumerable.Range(1, 20).Select(hours => (double)hours), elapsed);
    }

    private static async Task LeaveAsync(string how, VirtualTime time)
    {
        switch (how)
        {
            case "yield":
                await Task.Yield();
                break;
            case "run":
                await Task.Run(() => Thread.SpinWait(20_000)).ConfigureAwait(false);
                break;
            default:
                using (var source = new CancellationTokenSource(TimeSpan.FromSeconds(1), time))
                {
                    await Task.Delay(TimeSpan.FromSeconds(9), time, source.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                break;
        }
    }
}
