using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>S03 to S05: a provider that fails before it says anything.</summary>
public sealed class ServerFaultTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S03_500Once_SameProviderIsAskedOnceMore(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.Enqueue(Reply.Fixture("error-500-server-error.json", 500));

        var answer = await scene.AskAsync(stream);

        scene.AssertFirstAnswered(answer, stream, attempts: 2);
        Assert.Equal(0, scene.Second.Calls);
        var scrape = await scene.Gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal(1, scrape.Sum("gateway_attempts_total", "provider=first", "role=retry", "outcome=success"));
        Assert.Equal(0, scrape.Sum("gateway_failovers_total"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S04_503Always_FailsOverAfterOneRetry(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Reply.Fixture("error-503-overloaded.json", 503));

        var answer = await scene.AskAsync(stream);

        scene.AssertSecondAnswered(answer, stream, attempts: 3);
        Assert.Equal(2, scene.First.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S04_503AlwaysUnderLoad_RetriesKeepToTheirBudgetAndFailoverIsFree(bool stream)
    {
        const int Requests = 40;
        await using var scene = await FailoverScene.StartAsync(
            """
            defaults: { retry: { backoffSeconds: 0.001 }, breaker: { minimumCalls: 1000 } }
            retryBudget: { share: 0.1, perSecond: 0 }
            """);
        scene.First.Fake.RespondWith(Reply.Fixture("error-503-overloaded.json", 503));

        var answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => scene.AskAsync(stream)));

        Assert.All(answers, answer => Assert.Equal("second", answer.Headers["x-gateway-provider"]));
        Assert.Equal(Requests, scene.Second.Calls);
        Assert.InRange(scene.First.Calls, Requests + 1, Requests + 4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S05_ResetBeforeHeadersOnce_IsAnswered(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.Enqueue(Reply.ResetBeforeHeaders());

        scene.AssertFirstAnswered(await scene.AskAsync(stream), stream, attempts: 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S05_ResetBeforeHeadersAlways_FailsOver(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Reply.ResetBeforeHeaders());

        scene.AssertSecondAnswered(await scene.AskAsync(stream), stream, attempts: 3);
    }
}
