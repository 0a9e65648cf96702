using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>What becomes of limits while Redis is gone, and after it is back.</summary>
public sealed class StoreOutageTests
{
    /// <summary>Twice the time limit of a call, and what a busy machine takes.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(8);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Trap8_RedisGone_HardLimitsRefuseAtOnceAndServeAgainWithoutARestart(bool isKilled)
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 1, per: day }", redis);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        await scene.WaitForLedgerAsync(1);

        await (isKilled ? redis.KillAsync() : redis.PauseAsync());
        if (!isKilled)
        {
            // Nobody knows yet; until a settlement gets no answer, what is held beforehand may be spent.
            await Wait.UntilAsync(async () => (await scene.AskAsync()).Status == HttpStatusCode.ServiceUnavailable);
        }

        int served = scene.Provider.Requests.Count;
        var watch = Stopwatch.StartNew();
        var refusals = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => scene.AskAsync()));
        Assert.True(watch.Elapsed < Bound, $"20 requests at once took {watch.Elapsed}.");

        Assert.All(refusals, refusal => Assert.Equal((HttpStatusCode.ServiceUnavailable, "policy_budget_unavailable"), (refusal.Status, refusal.ErrorCode)));
        Assert.All(refusals, refusal => Assert.Equal("1", refusal.Headers["Retry-After"]));
        Assert.Equal(served, scene.Provider.Requests.Count);

        // Whom no limit concerns is served, and so are those who ask how the gateway is.
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(caller: "eve")).Status);
        Assert.Equal(("down", true), await BudgetsReadinessAsync(scene));
        Assert.Equal(0, await MetricAsync(scene, "gateway_budget_store_up"));
        await Wait.UntilAsync(async () => await MetricAsync(scene, "gateway_budget_pending_settlements") == served);

        await (isKilled ? redis.RestartAsync() : redis.ContinueAsync());
        await Wait.UntilAsync(async () => (await scene.AskAsync()).Status == HttpStatusCode.OK);
        Assert.Equal(("up", true), await BudgetsReadinessAsync(scene));
        Assert.Equal(1, await MetricAsync(scene, "gateway_budget_store_up"));

        // Nothing that ran is missing.
        var ran = scene.Provider.Requests.Count;
        Assert.Equal(ran, (await scene.WaitForLedgerAsync(ran)).Count);
        Assert.Equal((ran - 1) * BudgetScene.AnswerCost, (await scene.AssertBalancedAsync())[("day", "search")]);
        await scene.Gateway.LoggedAsync("Error ", "cannot be reached");
    }

    [Fact]
    public async Task Trap8_RedisGone_GraceLetsThroughItsAmountAndSettlesItLater()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, requests: 10, per: day, onStoreDown: { grace: 4 } }", redis);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        await scene.WaitForLedgerAsync(1);

        await redis.KillAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => scene.AskAsync()));

        Assert.Equal(4, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(16, answers.Count(answer => answer.Status == HttpStatusCode.ServiceUnavailable));
        Assert.Equal(4, await MetricAsync(scene, "gateway_budget_pending_settlements"));

        await redis.RestartAsync();
        await Wait.UntilAsync(async () => await MetricAsync(scene, "gateway_budget_pending_settlements") == 0);
        Assert.Equal(5, (await scene.AssertBalancedAsync())[("day", "search")]);

        // What is left of the limit is what it would be had nothing happened, and the allowance is whole again.
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        }

        TrapTests.AssertExceeded(await scene.AskAsync());
        await redis.KillAsync();
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
    }

    [Fact]
    public async Task Trap9_RedisNotThereAtTheStart_ReplicasShareTheLimitOnceItIs()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(BudgetScene.Answer());
        const string Limit = "  day: { team: search, requests: 6, per: day }";
        await using var first = await BudgetScene.StartAsync(Limit, redis, provider);
        await using var second = await BudgetScene.StartAsync(Limit, redis, provider);
        Assert.Equal("policy_budget_unavailable", (await first.AskAsync()).ErrorCode);
        Assert.Equal("policy_budget_unavailable", (await second.AskAsync()).ErrorCode);

        await redis.RestartAsync();
        await Wait.UntilAsync(async () => (await first.AskAsync()).Status == HttpStatusCode.OK);
        await Wait.UntilAsync(async () => (await second.AskAsync()).Status == HttpStatusCode.OK);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(index => (index % 2 == 0 ? first : second).AskAsync()));

        Assert.Equal(4, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(6, provider.Requests.Count);
        Assert.Equal(6, (await first.AssertBalancedAsync())[("day", "search")]);
    }

    [Fact]
    public async Task RedisLosesItsMemory_RequestUnderWay_HoldsAgainWhatItHeld()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var scene = await BudgetScene.StartAsync(
            "  slots: { team: search, concurrency: 1 }", redis, setup: setup => setup.Settings["Budgets:LeaseSeconds"] = "3");
        var gate = new EventGate();
        scene.Provider.RespondWith(Reply.Stream(ChatEvents.Text("a"), new StreamOptions { Gate = gate }));
        var asking = scene.AskAsync(BudgetScene.AskStream);
        await scene.Provider.WaitForRequestAsync();

        await redis.KillAsync();
        await redis.RestartAsync();

        await Wait.UntilAsync(async () => (await redis.CliAsync("zcard", "gateway:{budgets:acme}:v2:leases")) == "1");
        Assert.Equal("policy_concurrency_exceeded", (await scene.AskAsync()).ErrorCode);
        gate.Open();
        (await asking).AssertWholeStream();
        await scene.AssertBalancedAsync();
    }

    private static async Task<(string State, bool IsReady)> BudgetsReadinessAsync(BudgetScene scene)
    {
        var report = JsonNode.Parse(await scene.Gateway.Client.GetStringAsync("health/ready"))!;
        return ((string)report["budgets"]!["state"]!, (string)report["status"]! == "ready");
    }

    private static async Task<double> MetricAsync(BudgetScene scene, string name)
    {
        var text = await scene.Gateway.Client.GetStringAsync("metrics");
        var line = text.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
