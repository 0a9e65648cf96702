using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Budgets;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>What clients say about spending, and what they are told of it.</summary>
public sealed class SpendingTermsTests
{
    private const string NoLimit = "  {}";

    [Fact]
    public async Task MaxCost_DearerModelFirst_GoesToTheCheaperOne()
    {
        await using var cheap = await FakeProvider.StartAsync();
        cheap.RespondWith(BudgetScene.Answer());
        await using var scene = await BudgetScene.StartAsync("  {}", setup: setup => Beside(setup, cheap, "{ input: 0.1, output: 1 }"));

        var dear = await scene.AskAsync(headers: ("x-gateway-max-cost-usd", "1"));
        var limited = await scene.AskAsync(headers: ("x-gateway-max-cost-usd", "0.00005"));
        var refused = await scene.AskAsync(headers: ("x-gateway-max-cost-usd", "0.000001"));

        Assert.Equal("first", dear.Headers["x-gateway-provider"]);
        Assert.Equal("second", limited.Headers["x-gateway-provider"]);
        Assert.Equal((HttpStatusCode.PaymentRequired, "policy_cost_exceeded"), (refused.Status, refused.ErrorCode));
        Assert.Equal("x-gateway-max-cost-usd", (string?)refused.Error["param"]);
        Assert.Equal((1, 1), (scene.Provider.Requests.Count, cheap.Requests.Count));
    }

    [Fact]
    public async Task MaxCost_FailoverWouldCostMore_IsNotMade()
    {
        await using var dear = await FakeProvider.StartAsync();
        dear.RespondWith(BudgetScene.Answer());
        await using var scene = await BudgetScene.StartAsync("  {}", setup: setup => Beside(setup, dear, BudgetScene.Prices));

        // The first is cut off after its prompt was read and a token was generated: it is billed. A second call on top of that would be too much.
        scene.Provider.RespondWith(Reply.Stream(["not json"], new StreamOptions { End = StreamEnd.Close, Done = false }));
        scene.Provider.Enqueue(Reply.TruncatedJson(BudgetScene.AnswerBody(10, 5)));
        var answer = await scene.AskAsync(headers: ("x-gateway-max-cost-usd", "0.000095"));

        Assert.NotEqual(HttpStatusCode.OK, answer.Status);
        Assert.Empty(dear.Requests);
    }

    [Theory]
    [InlineData("x-gateway-max-cost-usd", "-1")]
    [InlineData("x-gateway-max-cost-usd", "0")]
    [InlineData("x-gateway-max-cost-usd", "a lot")]
    [InlineData("x-gateway-max-cost-usd", "0.0000000001")]
    [InlineData("x-gateway-max-cost-usd", "1e400")]
    [InlineData("x-gateway-max-cost-usd", "")]
    [InlineData("x-gateway-tags", "a b")]
    [InlineData("x-gateway-tags", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17")]
    [InlineData("x-gateway-workflow", "")]
    [InlineData("x-gateway-workflow", "a; max-cost=1")]
    [InlineData("x-gateway-workflow", "a; max-cost-usd=x")]
    [InlineData("x-gateway-workflow", "a; max-cost-usd=1; max-cost-usd=2")]
    public async Task Header_NotUnderstood_IsRefusedRatherThanPassedOver(string name, string value)
    {
        await using var scene = await BudgetScene.StartAsync(NoLimit);

        var answer = await scene.AskAsync(headers: (name, value));

        Assert.Equal((HttpStatusCode.BadRequest, "caller_invalid_header"), (answer.Status, answer.ErrorCode));
        Assert.Equal(name, (string?)answer.Error["param"]);
        Assert.Empty(scene.Provider.Requests);
    }

    [Fact]
    public async Task Workflow_CeilingOverManyCalls_IsKeptAndIsTheKeysOwn()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var scene = await BudgetScene.StartAsync(NoLimit, redis);
        (string, string) header = ("x-gateway-workflow", "nightly-42; max-cost-usd=0.0002");

        var answers = new List<Delivered>();
        for (int i = 0; i < 5; i++)
        {
            answers.Add(await scene.AskAsync(headers: header));
        }

        // 0.00006 each, and 0.000094 is held: the third leaves too little.
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], answers.Select(answer => answer.Status).Distinct().Count() == 2
            ? answers.Take(3).Select(answer => answer.Status) : []);
        Assert.Equal("0.000080000", answers[1].Headers["x-gateway-budget-remaining-usd"]);
        Assert.Contains("workflow", (string?)answers[^1].Error["message"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(caller: "bob", headers: header)).Status);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(headers: ("x-gateway-workflow", "nightly-43; max-cost-usd=0.0002"))).Status);
        Assert.Equal("nightly-42", (await scene.LedgerAsync())[0].Entry.Workflow);
        await scene.AssertBalancedAsync();
    }

    [Fact]
    public async Task Quote_BeforeItRuns_SaysWhatEachModelCostsAndWhatTheLimitsLeave()
    {
        await using var cheap = await FakeProvider.StartAsync();
        await using var scene = await BudgetScene.StartAsync(
            "  day: { team: search, usd: 0.0002, per: day }", setup: setup => Beside(setup, cheap, "{ input: 0.1, output: 1 }"));
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);

        var quote = JsonNode.Parse((await scene.AskAsync(path: "v1/quote", headers: ("x-gateway-max-cost-usd", "0.00005"))).Text)!;
        var answer = await scene.AskAsync();

        var candidates = quote["candidates"]!.AsArray();
        Assert.Equal(["first/small", "second/small"], candidates.Select(candidate => (string?)candidate!["model"]));
        Assert.Equal([false, true], candidates.Select(candidate => (bool)candidate!["is_affordable"]!));
        Assert.Equal("1/0.1/10", (string?)candidates[0]!["price_version"]);
        var cost = decimal.Parse(answer.Headers["x-gateway-cost-usd"], CultureInfo.InvariantCulture);
        Assert.InRange(cost, 0, (decimal)candidates[0]!["most_cost_usd"]!);
        Assert.Equal((decimal)candidates[0]!["most_cost_usd"]!, 10 * (decimal)candidates[1]!["most_cost_usd"]!);
        var limit = Assert.Single(quote["limits"]!.AsArray())!;
        Assert.Equal(0.00014m, (decimal)limit["left"]!);
        Assert.True((bool)limit["is_enough"]!);
        Assert.Equal(2, scene.Provider.Requests.Count);
    }

    [Fact]
    public async Task Quote_EverySizeOfPromptAndAnswer_BoundsWhatTheAnswerCosts()
    {
        await using var scene = await BudgetScene.StartAsync(NoLimit);
        foreach (var words in (int[])[1, 50, 2_000])
        {
            foreach (var output in (int[])[1, 100, 5_000])
            {
                var body = $$"""{"model":"auto","max_tokens":{{output}},"messages":[{"role":"user","content":"{{string.Join(' ', Enumerable.Repeat("gateway", words))}}"}]}""";
                var candidate = JsonNode.Parse((await scene.AskAsync(body, path: "v1/quote")).Text)!["candidates"]![0]!;

                // The longest answer that was allowed, to a prompt of which the provider counts a fifth more than was estimated.
                scene.Provider.Enqueue(BudgetScene.Answer((long)((int)candidate["prompt_tokens"]! * 1.2), output));
                var cost = decimal.Parse((await scene.AskAsync(body)).Headers["x-gateway-cost-usd"], CultureInfo.InvariantCulture);

                Assert.True(cost <= (decimal)candidate["most_cost_usd"]!, $"{words} words, {output} tokens: {cost} is above {candidate}");
            }
        }
    }

    [Fact]
    public async Task BrownOut_BudgetRunsOut_ScoredRouteGoesToTheCheaperModel()
    {
        await using var cheap = await FakeProvider.StartAsync();
        cheap.RespondWith(BudgetScene.Answer());
        await using var scene = await BudgetScene.StartAsync(
            "  day: { team: search, usd: 0.001, per: day }",
            setup: setup =>
            {
                Beside(setup, cheap, "{ input: 0.1, output: 1 }");
                setup.ProvidersYaml = setup.ProvidersYaml
                    .Replace("prices: { input: 1,", "skills: { general: 0.9 }\n        prices: { input: 1,", StringComparison.Ordinal)
                    .Replace("prices: { input: 0.1,", "skills: { general: 0.5 }\n        prices: { input: 0.1,", StringComparison.Ordinal);
                setup.RoutesYaml = "routes: { auto: { strategy: scored, weights: { quality: 1, cost: 1, latency: 0 }, costScaleUsd: 0.005, candidates: [ first/small, second/small ] } }";
                setup.FailoverYaml += "\nbrownOut: { startInFlight: 1000, fullInFlight: 2000, startBudgetUsed: 0.5, fullBudgetUsed: 0.9, costFactor: 100 }";
            });

        List<string> providers = [];
        for (int i = 0; i < 14; i++)
        {
            providers.Add((await scene.AskAsync(BudgetScene.Ask.Replace("Hi", $"Hi {i}", StringComparison.Ordinal))).Headers["x-gateway-provider"]);
        }

        // While there is plenty the better model answers, and in the end the cheaper one.
        Assert.Equal(["first", "first", "first"], providers.Take(3));
        Assert.Equal("second", providers[^1]);
        Assert.Equal("first", (await scene.AskAsync(caller: "eve")).Headers["x-gateway-provider"]);
    }

    [Fact]
    public async Task Answer_OfAnyKind_SaysItsCostAndWhatIsLeft()
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 0.001, per: day }\n  month: { organization: acme, usd: 5, per: month }");

        var whole = await scene.AskAsync();
        scene.Provider.RespondWith(Reply.Stream([.. ChatEvents.Text("a"), ChatEvents.Usage(10, 5)]));
        var stream = (await scene.AskAsync(BudgetScene.AskStream)).AssertWholeStream();
        scene.Provider.RespondWith(Reply.Error(400, "no", "bad"));
        var failed = await scene.AskAsync();

        Assert.Equal(("0.000060000", "0.000940000"), Shown(whole));
        Assert.Contains(": x-gateway-cost-usd 0.000060000\n\n: x-gateway-budget-remaining-usd 0.000880000\n\ndata: [DONE]\n\n", stream.Text, StringComparison.Ordinal);
        Assert.True(decimal.Parse(stream.Headers["x-gateway-budget-remaining-usd"], CultureInfo.InvariantCulture) < 0.00088m);
        Assert.Equal(("0.000000000", "0.000880000"), Shown(failed));

        static (string Cost, string Left) Shown(Delivered answer) => (answer.Headers["x-gateway-cost-usd"], answer.Headers["x-gateway-budget-remaining-usd"]);
    }

    [Fact]
    public async Task Prices_Changed_EntriesKeepTheVersionThatTheyWereMadeWith()
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 1, per: day }");
        await scene.AskAsync();
        var providers = Path.Combine(scene.Gateway.PoliciesFolder, "providers.yaml");

        await File.WriteAllTextAsync(providers, (await File.ReadAllTextAsync(providers, TestContext.Current.CancellationToken)).Replace("input: 1,", "input: 2,", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await Wait.UntilAsync(async () => (await scene.AskAsync()).Headers["x-gateway-cost-usd"] == "0.000070000");

        var ledger = await scene.LedgerAsync();
        Assert.Equal(("1/0.1/10", BudgetScene.AnswerCost), (ledger[0].Entry.PriceVersion, ledger[0].Entry.Cost));
        Assert.Equal(("2/0.1/10", BudgetScene.AnswerCost + 10_000), (ledger[^1].Entry.PriceVersion, ledger[^1].Entry.Cost));
        await scene.AssertBalancedAsync();
    }

    [Theory]
    [InlineData("per: minute", false)]
    [InlineData("per: month", true)]
    [InlineData("per: lifetime", true)]
    public async Task Exceeded_ForLongerThanClientsWait_TellsThemNotToTryAgain(string period, bool isLong)
    {
        // Windows begin by the calendar: a quarter of a minute into one, none ends between two requests, nor soon.
        var clock = new TestClock(new(2026, 3, 10, 12, 0, 15, TimeSpan.Zero));
        await using var scene = await BudgetScene.StartAsync($"  one: {{ team: search, requests: 1, {period} }}", setup: setup => setup.Time = clock);
        await scene.AskAsync();

        var refused = await scene.AskAsync();

        TrapTests.AssertExceeded(refused);
        Assert.Equal("insufficient_quota", (string?)refused.Error["type"]);
        Assert.Equal(isLong ? "false" : null, refused.Headers.GetValueOrDefault("x-should-retry"));
        Assert.Equal(period != "per: lifetime", refused.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task SoftLimit_Exceeded_OnlyCounts()
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, requests: 2, per: day, hard: false }");

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        }

        Assert.Equal(5, (await scene.AssertBalancedAsync())[("day", "search")]);
        var text = await scene.Gateway.Client.GetStringAsync("metrics", TestContext.Current.CancellationToken);
        Assert.Contains("gateway_budget_remaining_ratio{limit=\"day\",scope=\"search\"} -1.5", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrency_OneAtATime_SequentialRequestsNeverCollide()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var scene = await BudgetScene.StartAsync("  slots: { key: \"*\", concurrency: 1 }", redis);

        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        }

        scene.Provider.RespondWith(Reply.Hang());
        using var leaving = new CancellationTokenSource();
        var asking = scene.StartAsync(BudgetScene.Ask, cancellationToken: leaving.Token);
        await scene.Provider.WaitForRequestAsync(50);
        var refused = await scene.AskAsync();
        Assert.Equal((HttpStatusCode.TooManyRequests, "policy_concurrency_exceeded"), (refused.Status, refused.ErrorCode));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task ExpectedHold_OnceAnswersAreKnown_HoldsLessThanTheMost()
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 0.01, per: day, hold: expected }");
        var body = BudgetScene.Ask.Replace("\"max_tokens\":5", "\"max_tokens\":800", StringComparison.Ordinal);

        // The most is 0.008 and more: while nothing is known of such answers two do not fit at once.
        Assert.Equal(0.000060000m, decimal.Parse((await scene.AskAsync(body)).Headers["x-gateway-cost-usd"], CultureInfo.InvariantCulture));
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(body)).Status);
        }

        scene.Provider.RespondWith(Reply.SlowHeaders(TimeSpan.FromMilliseconds(300), BudgetScene.Answer()));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => scene.AskAsync(body)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await scene.AssertBalancedAsync();
    }

    private static void Beside(GatewaySetup setup, FakeProvider provider, string prices)
    {
        setup.ProvidersYaml += ProviderGateway.ProvidersYaml([new ProviderEntry("second", provider.BaseUrl) { Prices = prices }]).Replace("providers:\n", "", StringComparison.Ordinal);
        setup.RoutesYaml = "routes: { auto: { candidates: [ first/small, second/small ] } }";
    }
}
