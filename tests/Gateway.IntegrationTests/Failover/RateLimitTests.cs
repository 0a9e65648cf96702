using System.Net;
using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>S01 and S02: a provider that takes no more for now.</summary>
public sealed class RateLimitTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S01_429WithRetryAfter2OnceAndNobodyElse_WaitsThemOutAndIsAnswered(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(models: 1);
        scene.First.Fake.Enqueue(Reply.RateLimited(retryAfterSeconds: 2));

        var answer = await scene.AskAsync(stream);

        scene.AssertFirstAnswered(answer, stream, attempts: 2);
        var pause = Pause(scene.First.Fake);
        Assert.True(pause >= TimeSpan.FromSeconds(1.9), $"It was asked again after {pause}.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S01_429WithRetryAfter2OnceAndAnotherModel_FailsOverAtOnceAndLeavesTheFirstAlone(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.Enqueue(Reply.RateLimited(retryAfterSeconds: 2));

        var answer = await scene.AskAsync(stream);

        scene.AssertSecondAnswered(answer, stream, attempts: 2);
        Assert.Equal(1, scene.First.Calls);
        var scrape = await scene.Gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal(1, scrape.Sum("gateway_failovers_total", "from=first/small", "to=second/small", "cause=rate_limited"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S01_429WithALongRetryAfterAndNobodyElse_IsPassedOnAtOnce(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(models: 1);
        scene.First.Fake.Enqueue(Reply.RateLimited(retryAfterSeconds: 20));

        var answer = await scene.AskAsync(stream);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Equal("20", answer.Headers["Retry-After"]);
        Assert.Equal(1, scene.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S02_429Always_BacksOffOnceThenFailsOver(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Reply.RateLimited());

        var answer = await scene.AskAsync(stream);

        scene.AssertSecondAnswered(answer, stream, attempts: 3);
        Assert.Equal(2, scene.First.Calls);
        var pause = Pause(scene.First.Fake);
        Assert.True(pause >= TimeSpan.FromSeconds(0.12), $"Half of 0.25 s is the least pause, and it was {pause}.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S02_429AlwaysEverywhere_AtMostFourCallsAndTheProvidersWords(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(models: 3);
        foreach (var model in (ScriptedModel[])[scene.First, scene.Second, scene.Third])
        {
            model.Fake.RespondWith(Reply.RateLimited());
        }

        var answer = await scene.AskAsync(stream);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Equal(Fixtures.Text("error-429-rate-limit.json"), answer.Text);
        Assert.Equal("4", answer.Headers["x-gateway-attempts"]);
        Assert.Equal(4, scene.Calls);
        scene.Third.Fake.RespondWith(request => FailoverScene.ThirdAnswer.For(request));
        await scene.AssertHealthyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S02_QuotaIsUsedUp_IsNotAskedAgain(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Reply.Fixture("error-429-insufficient-quota.json", 429));

        scene.AssertSecondAnswered(await scene.AskAsync(stream), stream, attempts: 2);
    }

    private static TimeSpan Pause(FakeProvider fake) => TimeProvider.System.GetElapsedTime(fake.Requests[0].ArrivedAt, fake.Requests[1].ArrivedAt);
}
