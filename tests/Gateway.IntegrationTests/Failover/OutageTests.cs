using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>S15, S16 and trap 21: a provider that is down for longer than one request.</summary>
public sealed class OutageTests
{
    private static readonly Reply Down = Reply.Fixture("error-503-overloaded.json", 503);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S15_DownForAWhile_CircuitOpensFallbackServesAProbeComesAndTheFirstIsBack(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(
            "defaults: { retry: { times: 0 }, breaker: { minimumCalls: 4, windowSeconds: 30, openSeconds: 3 } }");
        scene.First.Fake.RespondWith(Down);

        // Closed: four calls fail, the fourth opens the circuit.
        for (var i = 0; i < 4; i++)
        {
            await AssertAnsweredAsync("second");
        }

        Assert.Equal(4, scene.First.Calls);
        await AssertStateAsync(2);

        // Open: the fallback serves, and the first is left alone.
        var openedAt = TimeProvider.System.GetTimestamp();
        var calls = scene.Second.Calls;
        while (TimeProvider.System.GetElapsedTime(openedAt) < TimeSpan.FromSeconds(1))
        {
            await AssertAnsweredAsync("second");
        }

        Assert.Equal(4, scene.First.Calls);
        Assert.True(scene.Second.Calls > calls);

        // Half open: one probe that fails opens it again.
        await Wait.UntilAsync(async () => await AssertAnsweredAsync("second") && scene.First.Calls == 5);
        await AssertStateAsync(2);

        // Half open again: one probe that is answered closes it, and the first serves as before.
        scene.First.Fake.RespondWith(request => FailoverScene.FirstAnswer.For(request));
        await Wait.UntilAsync(async () => (await scene.AskAsync(stream)).Headers["x-gateway-provider"] == "first");
        for (var i = 0; i < 5; i++)
        {
            await AssertAnsweredAsync("first");
        }

        await AssertStateAsync(0);
        Assert.Equal(11, scene.First.Calls);
        var scrape = await Scrape.OfAsync(scene.Gateway);
        Assert.Equal(5, scrape.Sum("gateway_failovers_total", "from=first/small", "to=second/small", "cause=overloaded"));
        Assert.Equal(5, scrape.Sum("gateway_attempts_total", "provider=first", "outcome=error"));

        async Task<bool> AssertAnsweredAsync(string provider)
        {
            var answer = await scene.AskAsync(stream);
            Assert.Equal(provider, answer.Headers["x-gateway-provider"]);
            return true;
        }

        Task AssertStateAsync(int state) => Wait.UntilAsync(
            async () => (int)(await Scrape.OfAsync(scene.Gateway)).Sum("gateway_breaker_state", "provider=first", "model=small") == state);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S15_EveryoneIsDown_IsRefusedAtOnceWithARetryAfter(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(
            "defaults: { retry: { times: 0 }, breaker: { minimumCalls: 2, openSeconds: 30 } }");
        scene.First.Fake.RespondWith(Down);
        scene.Second.Fake.RespondWith(Down);
        await scene.AskAsync(stream);
        await scene.AskAsync(stream);

        var answer = await scene.AskAsync(stream);

        Assert.Equal(503, (int)answer.Status);
        Assert.Equal("provider_overloaded", answer.ErrorCode);
        Assert.True(answer.Headers.ContainsKey("Retry-After"));
        Assert.Equal(4, scene.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S16_503AlwaysAndTheFallbackAnswers_ItsModelIsNamedAndItsUsageAlonePaidFor(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Down);

        scene.AssertSecondAnswered(await scene.AskAsync(stream), stream, attempts: 3);

        await AssertOnlySecondIsPaidAsync(scene);
    }

    /// <summary>Whoever reports a usage bills it, whatever becomes of the answer.</summary>
    [Fact]
    public async Task S16_FailedAttemptHadReportedUsage_ItIsPaidBesideTheAnswer()
    {
        const string Died = """{"error":{"message":"Gone.","type":"server_error","param":null,"code":null}}""";
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Reply.Stream([ChatEvents.Role(), ChatEvents.Usage(1000, 1000), Died]));

        var answer = await scene.AskAsync(stream: true);

        scene.AssertSecondAnswered(answer, stream: true, attempts: 3, wasFirstPaid: true);
        var failed = 2 * ((1000 * scene.First.InputPrice) + (1000 * scene.First.OutputPrice)) / 1_000_000m;
        Assert.Equal(failed + decimal.Parse(FailoverScene.SecondAnswer.Cost(scene.Second), System.Globalization.CultureInfo.InvariantCulture), answer.Cost);
        var scrape = await scene.Gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal((double)answer.Cost, scrape.Sum("gateway_spend_usd_total"), 12);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Trap21_EverybodyFails_CallsAreAddedNeverMultiplied(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(
            "defaults: { maxAttempts: 20, retry: { times: 2, backoffSeconds: 0.001 }, breaker: { minimumCalls: 1000 } }", models: 3);
        foreach (var model in (ScriptedModel[])[scene.First, scene.Second, scene.Third])
        {
            model.Fake.RespondWith(Reply.Fixture("error-500-server-error.json", 500));
        }

        var answer = await scene.AskAsync(stream);

        Assert.Equal(500, (int)answer.Status);
        Assert.Equal((3, 3, 3), (scene.First.Calls, scene.Second.Calls, scene.Third.Calls));
        Assert.Equal("9", answer.Headers["x-gateway-attempts"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Trap21_EverybodyFailsAndNoFile_AtMostFourCallsAndEachModelIsAsked(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(models: 3);
        foreach (var model in (ScriptedModel[])[scene.First, scene.Second, scene.Third])
        {
            model.Fake.RespondWith(Reply.Fixture("error-500-server-error.json", 500));
        }

        await scene.AskAsync(stream);

        Assert.Equal((2, 1, 1), (scene.First.Calls, scene.Second.Calls, scene.Third.Calls));
    }

    [Fact]
    public async Task Trap21_25Straight500s_OpenTheCircuitAfterFive()
    {
        await using var scene = await FailoverScene.StartAsync("defaults: { retry: { backoffSeconds: 0.001 } }");
        scene.First.Fake.RespondWith(Reply.Fixture("error-500-server-error.json", 500));

        for (var i = 0; i < 25; i++)
        {
            Assert.Equal("second", (await scene.AskAsync(stream: false)).Headers["x-gateway-provider"]);
        }

        Assert.Equal(5, scene.First.Calls);
        Assert.Equal(25, scene.Second.Calls);
    }

    [Fact]
    public async Task Trap25_ReloadChangesAModelWhoseCircuitIsOpen_ItStaysOpenAndHasOneState()
    {
        await using var scene = await FailoverScene.StartAsync("defaults: { retry: { times: 0 }, breaker: { minimumCalls: 2, openSeconds: 3 } }");
        scene.First.Fake.RespondWith(Down);
        await scene.AskAsync(stream: false);
        await scene.AskAsync(stream: false);

        await scene.ReloadAsync((scene.First with { InputPrice = 2 }).ToYaml() + scene.Second.ToYaml());
        Assert.Equal("second", (await scene.AskAsync(stream: false)).Headers["x-gateway-provider"]);
        Assert.Equal(2, scene.First.Calls);
        Assert.Equal(2, (await Scrape.OfAsync(scene.Gateway)).Sum("gateway_breaker_state", "provider=first"));

        scene.First.Fake.RespondWith(request => FailoverScene.FirstAnswer.For(request));
        await Wait.UntilAsync(async () => (await scene.AskAsync(stream: false)).Headers["x-gateway-provider"] == "first");
        Assert.Equal(0, (await Scrape.OfAsync(scene.Gateway)).Sum("gateway_breaker_state", "provider=first"));
    }

    private static async Task AssertOnlySecondIsPaidAsync(FailoverScene scene)
    {
        var scrape = await scene.Gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal(0, scrape.Sum("gateway_tokens_total", "provider=first"));
        Assert.Equal(FailoverScene.SecondAnswer.InputTokens, scrape.Sum("gateway_tokens_total", "provider=second", "kind=input"));
        Assert.Equal(FailoverScene.SecondAnswer.OutputTokens, scrape.Sum("gateway_tokens_total", "provider=second", "kind=output"));
        var cost = double.Parse(FailoverScene.SecondAnswer.Cost(scene.Second), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(cost, scrape.Sum("gateway_spend_usd_total"), 12);
        Assert.Equal(1, scrape.Sum("gateway_requests_total", "provider=second", "outcome=success"));
    }
}
