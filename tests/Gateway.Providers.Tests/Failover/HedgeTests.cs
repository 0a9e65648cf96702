using Gateway.Policies;
using Gateway.Providers.Failover;
using Xunit;

namespace Gateway.Providers.Tests.Failover;

public sealed class HedgeTests
{
    private static FailoverPolicy Policy(double maxShare = 1) => FailoverPolicy.Default with
    {
        Requests = RouteFailover.Default with { Hedge = new HedgePolicy { MinDelay = TimeSpan.FromSeconds(1), MaxShare = maxShare } },
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hedge_FirstIsSlow_TheSecondAnswersAndTheFirstIsCancelled(bool stream)
    {
        var answer = await new Scene(Policy()).Answering("alpha", firstToken: 9).AskOnceAsync(stream);

        answer.AssertWhole().AssertAttempts("alpha First Overtaken", "beta Hedge Answered");
        Assert.Equal("beta", answer.Model?.Provider);
        Assert.Equal(stream ? 1.5 : 1.5 + (59 * 0.02), answer.FirstText!.Value.TotalSeconds, 6);
        Assert.Equal(answer.FirstText.Value, answer.Result.Attempts[0].Duration);
    }

    [Fact]
    public async Task Hedge_FirstIsJustInTime_AnswersAndTheSecondIsCancelled() =>
        (await new Scene(Policy()).Answering("alpha", firstToken: 1.2).AskOnceAsync())
            .AssertWhole().AssertAttempts("alpha First Answered", "beta Hedge Overtaken");

    [Fact]
    public async Task Hedge_FirstIsFast_IsNotStarted() =>
        (await new Scene(Policy()).AskOnceAsync()).AssertWhole().AssertAttempts("alpha First Answered");

    [Fact]
    public async Task Hedge_BothFail_GoesOnToTheNext() =>
        (await new Scene(Policy(), Scene.Model("alpha"), Scene.Model("beta"), Scene.Model("gamma"))
                .With("alpha", new Fault { Kind = FaultKind.Hang })
                .With("beta", FaultCatalogueTests.Status(400, times: null) with { Status = 401 }).AskOnceAsync())
            .AssertWhole().AssertAttempts("alpha First Timeout", "beta Hedge Authentication", "gamma Failover Answered");

    [Fact]
    public async Task Hedge_EveryFirstIsSlow_TakesNoMoreThanItsShare()
    {
        const int Requests = 500;
        var scene = new Scene(Policy(maxShare: 0.08)).Answering("alpha", firstToken: 3);
        await scene.Time.RunAsync(() => Task.WhenAll(Enumerable.Range(0, Requests).Select(async index =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200 * index), scene.Time).ConfigureAwait(false);
            (await scene.AskAsync().ConfigureAwait(false)).AssertWhole();
        })));

        Assert.InRange(scene.Calls.Count(call => call == $"beta {AttemptRole.Hedge}"), 1, (int)(Requests * 0.08));
    }
}
