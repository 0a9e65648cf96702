using System.Globalization;
using System.Net;
using Gateway.Budgets;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>Requests that take several calls: each provider is paid what it bills, once.</summary>
public sealed class BilledCallsTests : IAsyncLifetime
{
    private FakeProvider _first = null!;
    private FakeProvider _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await FakeProvider.StartAsync();
        _second = await FakeProvider.StartAsync();
        _second.RespondWith(BudgetScene.Answer());
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Trap15_FailedThenAnswered_OneEntryAndTheRefusedCallCostsNothing()
    {
        await using var scene = await StartAsync("  day: { team: search, usd: 1, per: day }");
        _first.RespondWith(Reply.Error(503, "busy", "overloaded"));

        var answer = await scene.AskAsync();

        Assert.Equal(("second", "0.000060000"), (answer.Headers["x-gateway-provider"], answer.Headers["x-gateway-cost-usd"]));
        var entry = Assert.Single(await scene.LedgerAsync()).Entry;
        Assert.Equal(
            [("first", "overloaded", 0L), ("second", "ok", BudgetScene.AnswerCost)],
            entry.Attempts.Select(attempt => (attempt.Provider, attempt.Outcome, attempt.Cost)));
        Assert.Equal(("second", BudgetScene.AnswerCost, LedgerOutcome.Completed, CostBasis.Reported), (entry.Provider, entry.Cost, entry.Outcome, entry.Basis));
        Assert.Equal(BudgetScene.AnswerCost, (await scene.AssertBalancedAsync())[("day", "search")]);
        await AssertSpendMetricAsync(scene, BudgetScene.AnswerCost);
    }

    [Fact]
    public async Task Trap15_Hedged_BothCallsArePaidUnderOneRequest()
    {
        await using var scene = await StartAsync(
            "  day: { team: search, usd: 1, per: day }", "routes: { auto: { hedge: { minDelaySeconds: 0.05, maxShare: 1 } } }");
        _first.RespondWith(Reply.Hang());
        _second.RespondWith(Reply.Stream([.. ChatEvents.Text("a"), ChatEvents.Usage(10, 5)]));

        (await scene.AskAsync(BudgetScene.AskStream)).AssertWholeStream();

        var entry = Assert.Single(await scene.WaitForLedgerAsync(1)).Entry;
        Assert.Equal(["overtaken", "ok"], entry.Attempts.OrderByDescending(attempt => attempt.Outcome).Select(attempt => attempt.Outcome));
        Assert.Equal(entry.Cost, entry.Attempts.Sum(attempt => attempt.Cost));

        // The one that was overtaken had read the prompt, and generated nothing.
        var overtaken = entry.Attempts.Single(attempt => attempt.Outcome == "overtaken");
        Assert.InRange(overtaken.Cost, 1, 20_000);
        Assert.Equal(CostBasis.Estimated, entry.Basis);
        Assert.Equal(entry.Cost, (await scene.AssertBalancedAsync())[("day", "search")]);
        await AssertSpendMetricAsync(scene, entry.Cost);
    }

    [Fact]
    public async Task ContinuedStream_TheBrokenPartIsEstimatedAndTheRestReported()
    {
        await using var scene = await StartAsync("  day: { team: search, usd: 1, per: day }", prefill: true);
        _first.RespondWith(Reply.Stream(ChatEvents.Text("one ", "two ", "three ", "four "), new StreamOptions { StopAfter = 4, End = StreamEnd.Reset }));
        _second.RespondWith(Reply.Stream([.. ChatEvents.Text("four"), ChatEvents.Usage(13, 2)]));

        var answer = (await scene.AskAsync(BudgetScene.AskStream)).AssertWholeStream();

        var entry = Assert.Single(await scene.WaitForLedgerAsync(1)).Entry;
        Assert.Equal(["truncated", "ok"], entry.Attempts.Select(attempt => attempt.Outcome));
        Assert.Equal((13 * 1_000) + (2 * 10_000), entry.Attempts[1].Cost);
        Assert.InRange(entry.Attempts[0].Cost, (3 * 10_000) + 1_000, (3 * 10_000) + 20_000);
        Assert.Equal(CostBasis.Estimated, entry.Basis);
        Assert.Contains($": x-gateway-cost-usd {(entry.Cost / 1e9m).ToString("0.000000000", CultureInfo.InvariantCulture)}\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal(entry.Cost, (await scene.AssertBalancedAsync())[("day", "search")]);
    }

    /// <summary>A report counts what came before it, and some servers send it in the first event, or in each.</summary>
    [Theory]
    [InlineData("first", true, 1 + 40)]
    [InlineData("first", false, 1 + 40)]
    [InlineData("each", true, 40)]
    [InlineData("each", false, 40)]
    public async Task UsageReportedBeforeTheEnd_WhatCameAfterItIsPaidToo(string when, bool isCutOff, int output)
    {
        await using var scene = await StartAsync("  day: { team: search, usd: 1, per: day }");
        var text = ChatEvents.Text([.. Enumerable.Repeat("a", 40)]);
        IReadOnlyList<string> events = when == "first"
            ? [ChatEvents.Usage(13, 1), .. text]
            : [.. text.SelectMany((said, i) => (string[])[said, ChatEvents.Usage(13, Math.Min(i, 40))])];
        var last = when == "first" ? 1 : 2;
        _first.RespondWith(Reply.Stream(events, new StreamOptions { StopAfter = isCutOff ? events.Count - last : null }));

        await scene.AskAsync(BudgetScene.AskStream.Replace("\"max_tokens\":5", "\"max_tokens\":50", StringComparison.Ordinal));

        var entry = Assert.Single(await scene.WaitForLedgerAsync(1)).Entry;
        Assert.Equal((isCutOff ? "truncated" : "ok", (13 * 1_000) + (output * 10_000)), (entry.Attempts[0].Outcome, entry.Attempts[0].Cost));
        await scene.AssertBalancedAsync();
    }

    [Fact]
    public async Task SecondCallThatTheBudgetDoesNotCover_IsNotMade()
    {
        // Enough for one call at its most, and no second one once the first has been billed.
        await using var scene = await StartAsync("  day: { team: search, usd: 0.0001, per: day }", prefill: true);
        _first.RespondWith(Reply.Stream(ChatEvents.Text("one ", "two ", "three "), new StreamOptions { StopAfter = 4, End = StreamEnd.Reset }));

        var answer = await scene.AskAsync(BudgetScene.AskStream);

        answer.AssertBrokenStream();
        Assert.Empty(_second.Requests);
        var spent = (await scene.AssertBalancedAsync())[("day", "search")];
        Assert.InRange(spent, 30_000, 100_000);
    }

    [Fact]
    public async Task Overdrawn_NeverByFailover_HoldsAreRaisedBeforeTheSecondCall()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var scene = await StartAsync("  day: { team: search, usd: 0.0015, per: day }", prefill: true, redis: redis);
        _first.RespondWith(Reply.Stream(ChatEvents.Text("one ", "two ", "three ", "four "), new StreamOptions { StopAfter = 5, End = StreamEnd.Reset }));
        _second.RespondWith(Reply.Stream([.. ChatEvents.Text("five"), ChatEvents.Usage(40, 5)]));

        // Four at once: in the beginning there is room for the second call of each, in the end not even for the first.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (int i = 0; i < 12; i++)
            {
                await scene.AskAsync(BudgetScene.AskStream);
            }
        }));

        Assert.InRange((await scene.AssertBalancedAsync())[("day", "search")], 1_000_000, 1_500_000);
        Assert.NotEmpty(_second.Requests);
    }

    [Fact]
    public async Task TimedOut_ThePromptWasReadAndIsPaid()
    {
        await using var scene = await StartAsync(
            "  day: { team: search, usd: 1, per: day }", "providers: { first: { limits: { firstTokenSeconds: 0.2, answerSeconds: 0.2 }, retry: { times: 0 } } }");
        _first.RespondWith(Reply.Hang());

        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);

        var entry = Assert.Single(await scene.LedgerAsync()).Entry;
        Assert.Equal(["timeout", "ok"], entry.Attempts.Select(attempt => attempt.Outcome));
        Assert.InRange(entry.Attempts[0].Cost, 1_000, 94_000);
        Assert.Equal(entry.Cost, (await scene.AssertBalancedAsync())[("day", "search")]);
    }

    private async Task<BudgetScene> StartAsync(string budgets, string? failover = null, bool prefill = false, RedisServer? redis = null)
    {
        ProviderEntry[] providers = [new("first", _first.BaseUrl) { Prices = BudgetScene.Prices }, new("second", _second.BaseUrl) { Prices = BudgetScene.Prices }];
        return await BudgetScene.StartAsync(budgets, redis, _first, setup: setup =>
        {
            var yaml = ProviderGateway.ProvidersYaml(providers);
            setup.ProvidersYaml = prefill ? yaml.Replace("contextWindow: 8192", "contextWindow: 8192\n        prefill: plain", StringComparison.Ordinal) : yaml;
            setup.RoutesYaml = "routes: { auto: { candidates: [ first/small, second/small ] } }";
            setup.FailoverYaml = failover ?? "providers: { first: { retry: { times: 0 }, breaker: { minimumCalls: 1000 } }, second: { retry: { times: 0 }, breaker: { minimumCalls: 1000 } } }";
        });
    }

    private static async Task AssertSpendMetricAsync(BudgetScene scene, long cost)
    {
        var text = await scene.Gateway.Client.GetStringAsync("metrics", TestContext.Current.CancellationToken);
        var line = text.Split('\n').Single(line => line.StartsWith("gateway_spend_usd_total{", StringComparison.Ordinal));
        Assert.Contains("team=\"search\"", line, StringComparison.Ordinal);
        Assert.Equal(cost / 1e9, double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture), precision: 12);
    }
}
