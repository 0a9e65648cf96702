using System.Globalization;
using System.Net;
using Gateway.Budgets;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>What breaks the budgets of other gateways, through the front door of this one.</summary>
public sealed class TrapTests
{
    public static TheoryData<bool> Stores => [false, true];

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Trap1_ManyAtOnce_NoneIsLetThroughAboveTheLimit(bool isRedis)
    {
        await using var redis = isRedis ? await RedisServer.StartAsync() : null;
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 0.001, per: day }", redis);
        scene.Provider.RespondWith(Reply.SlowHeaders(TimeSpan.FromMilliseconds(200), BudgetScene.Answer()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => scene.AskAsync()));

        var served = answers.Count(answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), AssertExceeded);
        Assert.InRange(served, 5, 16);
        Assert.Equal(served, scene.Provider.Requests.Count);
        Assert.Equal(served * BudgetScene.AnswerCost, (await scene.AssertBalancedAsync())[("day", "search")]);
    }

    [Theory]
    [InlineData("organization: acme, usd: 0.0001, per: month")]
    [InlineData("organization: \"*\", requests: 1, per: lifetime")]
    [InlineData("team: search, inputTokens: 50, per: week")]
    [InlineData("team: \"*\", outputTokens: 5, per: day")]
    [InlineData("project: index, tokens: 60, per: hour")]
    [InlineData("project: \"*\", requests: 1, per: day, timeZone: Asia/Tokyo")]
    [InlineData("key: ada, usd: 0.0001, per: fiscal_month")]
    [InlineData("key: \"*\", requests: 1, per: month")]
    [InlineData("user: ada, usd: 0.0001, per: lifetime")]
    [InlineData("user: \"*\", tokens: 60, per: day")]
    [InlineData("tag: batch, requests: 1, per: day")]
    [InlineData("tag: \"*\", usd: 0.0001, per: week")]
    public async Task Trap2_EveryScopeMeasureAndPeriod_IsEnforced(string limit)
    {
        await using var scene = await BudgetScene.StartAsync(
            $"  one: {{ {limit} }}", setup: setup => setup.BudgetsYaml = $"fiscal: {{ monthStartsOn: 15 }}\n{setup.BudgetsYaml}");

        var first = await scene.AskAsync(headers: ("x-gateway-tags", "batch"));
        var second = await scene.AskAsync(headers: ("x-gateway-tags", "batch"));

        Assert.Equal(HttpStatusCode.OK, first.Status);
        AssertExceeded(second);
        Assert.Contains("'one'", (string?)second.Error["message"], StringComparison.Ordinal);
        Assert.Single(scene.Provider.Requests);
        await scene.AssertBalancedAsync();
    }

    [Fact]
    public async Task Trap2_NothingIsCounted_WhatIsLimitedIsRefusedRatherThanLetThrough()
    {
        await using var scene = await BudgetScene.StartAsync(
            "  one: { team: search, requests: 5, per: day }", setup: setup => setup.Settings["Budgets:Store"] = "none");

        var refused = await scene.AskAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "policy_budget_unavailable"), (refused.Status, refused.ErrorCode));
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(caller: "eve")).Status);
    }

    [Fact]
    public async Task Trap2_PolicyCheck_NoLongerWarnsOfBudgets()
    {
        await using var scene = await BudgetScene.StartAsync("  one: { team: search, usd: 1, per: day }");

        Assert.DoesNotContain(scene.Gateway.Log, line => line.Contains("budgets.yaml", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Trap3_FirstRequestsOfAnUnknownUserAtOnce_AreLimitedToo(bool isRedis)
    {
        await using var redis = isRedis ? await RedisServer.StartAsync() : null;
        await using var scene = await BudgetScene.StartAsync("  each: { user: \"*\", requests: 3, per: day }", redis);
        scene.Provider.RespondWith(Reply.SlowHeaders(TimeSpan.FromMilliseconds(200), BudgetScene.Answer()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(index => scene.AskAsync(caller: index % 2 == 0 ? "ada" : "bob")));

        Assert.Equal(6, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(6, scene.Provider.Requests.Count);
        Assert.Equal([3, 3], (await scene.AssertBalancedAsync()).Values);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Trap4_RequestsThatFailOrAreAbandoned_HoldNothingAfterwards(bool isRedis)
    {
        await using var redis = isRedis ? await RedisServer.StartAsync() : null;
        await using var scene = await BudgetScene.StartAsync(
            "  money: { team: search, usd: 0.0002, per: day }\n  slots: { team: search, concurrency: 2 }", redis);
        for (int i = 0; i < 10; i++)
        {
            scene.Provider.Enqueue(Reply.Error(500, "no", "server_error"), Reply.RateLimited(), Reply.ResetBeforeHeaders());
        }

        for (int i = 0; i < 30; i++)
        {
            Assert.NotEqual("policy_budget_exceeded", (await scene.AskAsync()).ErrorCode);
        }

        scene.Provider.RespondWith(Reply.Hang());
        for (int i = 0; i < 2; i++)
        {
            using var leaving = new CancellationTokenSource();
            var asking = scene.StartAsync(BudgetScene.AskStream, cancellationToken: leaving.Token);
            await scene.Provider.WaitForRequestAsync(30 + i);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        }

        await scene.WaitForLedgerAsync(32);
        scene.Provider.RespondWith(BudgetScene.Answer());
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        await scene.AssertBalancedAsync();
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Trap5_WhateverHappened_CountersAndLedgerSayTheSame(bool isRedis)
    {
        await using var redis = isRedis ? await RedisServer.StartAsync() : null;
        await using var scene = await BudgetScene.StartAsync(
            """
              org: { organization: acme, usd: 1, per: month }
              team: { team: "*", tokens: 1000000, per: day }
              key: { key: "*", usd: 0.001, per: hour, hard: false }
            """,
            redis);
        Reply[] replies =
        [
            BudgetScene.Answer(), BudgetScene.Answer(input: 1000, output: 3, cached: 900), Reply.Error(503, "no", "overloaded"), Reply.Stream(ChatEvents.Text("a", "b", "c")),
            Reply.Stream([.. ChatEvents.Text("a"), ChatEvents.Usage(10, 5)]), Reply.TruncatedJson("{}"), Reply.Stream(ChatEvents.Text("a", "b"), new StreamOptions { StopAfter = 2, End = StreamEnd.Reset }),
        ];
        string[] callers = ["ada", "bob", "eve"];
        await Task.WhenAll(Enumerable.Range(0, 70).Select(async index =>
        {
            var body = index % 2 == 0 ? BudgetScene.Ask : BudgetScene.AskStream;
            await scene.AskAsync(body.Replace("Hi", $"Hi {index}", StringComparison.Ordinal), callers[index % 3]);
        }).Prepend(Task.Run(() => scene.Provider.RespondWith(request => replies[request.Body.Length * 7 % replies.Length]))));

        var ledger = await scene.WaitForLedgerAsync(70);
        Assert.Equal(70, ledger.Count);
        var spent = await scene.AssertBalancedAsync();
        Assert.Equal(ledger.Sum(record => record.Entry.Cost), spent[("org", "acme")]);
        Assert.Equal(
            ledger.Where(record => record.Entry.Scopes.Team == "search").Sum(record => Tokens(record.Entry)), spent[("team", "search")]);
        Assert.Equal(spent[("org", "acme")], callers.Sum(caller => spent.GetValueOrDefault(("key", caller))));
    }

    [Fact]
    public async Task Trap6_UnknownPrice_SettlesAtTheHoldAndIsFlagged()
    {
        await using var dear = await FakeProvider.StartAsync();
        await using var scene = await BudgetScene.StartAsync(
            "  day: { team: search, usd: 0.0002, per: day }",
            prices: null,
            setup: setup => setup.ProvidersYaml += ProviderGateway.ProvidersYaml([new ProviderEntry("dear", dear.BaseUrl) { Prices = BudgetScene.Prices }]).Replace("providers:\n", "", StringComparison.Ordinal));

        var first = await scene.AskAsync();
        var others = new List<Delivered>();
        for (int i = 0; i < 3; i++)
        {
            others.Add(await scene.AskAsync());
        }

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal("hold", first.Headers["x-gateway-cost-basis"]);
        AssertExceeded(others[^1]);
        var entry = (await scene.LedgerAsync())[0].Entry;
        Assert.Equal((CostBasis.Hold, null), (entry.Basis, entry.PriceVersion));
        Assert.True(entry.Cost >= BudgetScene.AnswerCost, $"{entry.Cost} is less than it would cost at the dearest price.");
        await scene.AssertBalancedAsync();
    }

    [Fact]
    public async Task Trap6_NoPriceAtAll_IsRefusedUnderALimitInDollars()
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 1, per: day }", prices: null);

        var refused = await scene.AskAsync();

        Assert.Equal((HttpStatusCode.Forbidden, "policy_price_unknown"), (refused.Status, refused.ErrorCode));
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(caller: "eve")).Status);
    }

    [Fact]
    public async Task Trap7_SettlementWhoseAnswerIsLost_CountsOnce()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 1, per: day }", redis);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        var gate = new EventGate();
        scene.Provider.RespondWith(Reply.Stream([.. ChatEvents.Text("a"), ChatEvents.Usage(10, 5)], new StreamOptions { Gate = gate }));

        var asking = scene.AskAsync(BudgetScene.AskStream);
        await scene.Provider.WaitForRequestAsync(1);

        // Redis takes the command, carries it out once it goes on, and nobody waits for its answer any more.
        await redis.PauseAsync();
        gate.Open();
        (await asking).AssertWholeStream();
        await Wait.UntilAsync(() => Guard(scene).Pending == 1);
        await redis.ContinueAsync();

        await Wait.UntilAsync(() => Guard(scene).Pending == 0);
        Assert.Equal(2, (await scene.LedgerAsync()).Count);
        Assert.Equal(2 * BudgetScene.AnswerCost, (await scene.AssertBalancedAsync())[("day", "search")]);
    }

    [Fact]
    public async Task Trap10_Day_BeginsAtMidnightOfItsZoneAlsoWhereClocksChange()
    {
        // On 29 March 2026 the day in Berlin has 23 hours and ends at 22:00 UTC; at 23:00 UTC of the day before it had begun.
        var clock = new TestClock(new DateTimeOffset(2026, 3, 29, 21, 59, 0, TimeSpan.Zero));
        await using var scene = await BudgetScene.StartAsync(
            "  day: { team: search, requests: 1, per: day, timeZone: Europe/Berlin }", setup: setup => setup.Time = clock);

        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        var refused = await scene.AskAsync();
        AssertExceeded(refused);
        Assert.InRange(int.Parse(refused.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 60);
        clock.Set(new DateTimeOffset(2026, 3, 29, 22, 0, 0, TimeSpan.Zero));
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        AssertExceeded(await scene.AskAsync());

        // The spending of the day before is still there: nothing wiped it.
        Assert.Equal(2, (await scene.LedgerAsync()).Count);
        await scene.AssertBalancedAsync();
    }

    [Theory]
    [InlineData("v1/chat/completions", BudgetScene.Ask)]
    [InlineData("v1/chat/completions", BudgetScene.AskStream)]
    [InlineData("v1/chat/completions", """{"model":"first/small","messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("v1/chat/completions", """{"model":"small","messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("v1/completions", """{"model":"auto","prompt":"Hi","max_tokens":5}""")]
    [InlineData("v1/completions", """{"model":"auto","prompt":"Hi","max_tokens":5,"stream":true}""")]
    public async Task Trap11_EveryWayToGenerate_IsUnderTheBudget(string path, string body)
    {
        foreach (var withKeys in (bool[])[true, false])
        {
            await using var scene = await BudgetScene.StartAsync("  all: { organization: \"*\", requests: 1, per: lifetime }", withKeys: withKeys);
            var caller = withKeys ? "zoe" : null;
            Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(caller: caller)).Status);

            AssertExceeded(await scene.AskAsync(body, caller, path));

            Assert.Single(scene.Provider.Requests);
        }
    }

    [Fact]
    public async Task Trap11_EveryEndpointThatTakesAPost_IsKnownToThisTest()
    {
        await using var scene = await BudgetScene.StartAsync("  all: { organization: \"*\", requests: 1, per: lifetime }");
        string[] paidFor = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"];
        string[] callNobody = ["/v1/route/explain", "/v1/quote"];

        var posts = scene.Gateway.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("POST") == true)
            .Select(endpoint => endpoint.RoutePattern.RawText!)
            .Where(path => path.StartsWith("/v1", StringComparison.Ordinal));

        Assert.Equal([.. paidFor.Union(callNobody).Order(StringComparer.Ordinal)], posts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Trap13_CachedTokensAndReasoning_AreBilledOnceAndAtTheirPrices()
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 1, per: day }");
        scene.Provider.RespondWith(Reply.Fixture("chat-completion.json"));

        var answer = await scene.AskAsync();

        // 93 tokens at 1 $, 1024 at 0.1 $ and 46, of which 32 are reasoning, at 10 $ per million.
        const decimal Cost = ((93 * 1m) + (1024 * 0.1m) + (46 * 10m)) / 1_000_000m;
        Assert.Equal(Cost, decimal.Parse(answer.Headers["x-gateway-cost-usd"], CultureInfo.InvariantCulture));
        var entry = Assert.Single(await scene.LedgerAsync()).Entry;
        Assert.Equal(Cost, entry.Cost / 1_000_000_000m);
        Assert.Equal(new LedgerTokens(93, 1024, 14, 32), entry.Tokens);
        Assert.Equal("1/0.1/10", entry.PriceVersion);
        Assert.Equal(entry.Cost, (await scene.AssertBalancedAsync())[("day", "search")]);
        Assert.Equal(1m - Cost, decimal.Parse(answer.Headers["x-gateway-budget-remaining-usd"], CultureInfo.InvariantCulture));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Trap14_ClientLeaves_WhatWasGeneratedIsSettled(bool isRedis)
    {
        await using var redis = isRedis ? await RedisServer.StartAsync() : null;
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 1, per: day }", redis);
        var gate = new EventGate();
        scene.Provider.RespondWith(Reply.Stream(ChatEvents.Text([.. Enumerable.Repeat("one ", 40)]), new StreamOptions { Gate = gate }));

        using (var response = await StartReleasedAsync(scene, gate, events: 8))
        {
            var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await Delivered.ExpectNextAsync(body, Wire.Event(ChatEvents.Role()) + string.Concat(Enumerable.Repeat(Wire.Event(ChatEvents.Delta("one ")), 7)));
        }

        await scene.Provider.Requests[0].ClientAborted.WaitAsync(Wait.DefaultTimeout, TestContext.Current.CancellationToken);
        var entry = Assert.Single(await scene.WaitForLedgerAsync(1)).Entry;
        Assert.Equal((LedgerOutcome.Abandoned, CostBasis.Estimated), (entry.Outcome, entry.Basis));
        Assert.Equal(7, entry.Tokens.Output);
        Assert.Equal((entry.Tokens.Input * 1_000) + (7 * 10_000), entry.Cost);
        Assert.Equal(entry.Cost, (await scene.AssertBalancedAsync())[("day", "search")]);
    }

    [Fact]
    public async Task Trap16_StreamWithoutUsage_IsCountedAndSaysThatItIsAnEstimate()
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 1, per: day }");
        scene.Provider.RespondWith(Reply.Stream(ChatEvents.Text([.. Enumerable.Repeat("one ", 12)])));

        var answer = (await scene.AskAsync(BudgetScene.AskStream)).AssertWholeStream();

        Assert.True((bool?)scene.Provider.Requests[0].Json["stream_options"]!["include_usage"]);
        var entry = Assert.Single(await scene.LedgerAsync()).Entry;
        Assert.Equal((CostBasis.Estimated, LedgerOutcome.Completed, 12L), (entry.Basis, entry.Outcome, entry.Tokens.Output));
        Assert.InRange(entry.Tokens.Input, 1, 20);
        Assert.Contains(": x-gateway-cost-basis estimated\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal(entry.Cost, (await scene.AssertBalancedAsync())[("day", "search")]);
    }

    [Fact]
    public async Task Trap17_ReasoningBesideTheCompletion_IsPaidAsOutput()
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, usd: 1, per: day }");
        scene.Provider.RespondWith(Reply.Stream([.. ChatEvents.Text("Yes"), """{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":2,"total_tokens":331,"completion_tokens_details":{"reasoning_tokens":317}}}"""]));

        (await scene.AskAsync(BudgetScene.AskStream)).AssertWholeStream();

        var entry = Assert.Single(await scene.LedgerAsync()).Entry;
        Assert.Equal((12L, 2L, 317L, CostBasis.Reported), (entry.Tokens.Input, entry.Tokens.Output, entry.Tokens.Reasoning, entry.Basis));
        Assert.Equal((12 * 1_000) + (319 * 10_000), entry.Cost);
        Assert.Equal(entry.Cost, (await scene.AssertBalancedAsync())[("day", "search")]);
    }

    [Theory]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":0}""", true, true)]
    [InlineData("""{"prompt_tokens":-10,"completion_tokens":-5}""", true, true)]
    [InlineData("""{"prompt_tokens":"10","completion_tokens":"5"}""", true, true)]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":null}""", true, true)]
    [InlineData("""{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}""", true, true)]
    [InlineData("""{"prompt_tokens":10}""", false, true)]
    [InlineData("""{"completion_tokens":5}""", true, false)]
    [InlineData("""{"prompt_tokens":10.0,"completion_tokens":5.0}""", false, false)]
    public async Task Trap13_UsageThatIsNone_IsCountedByTheGateway(string usage, bool isInputEstimated, bool isOutputEstimated)
    {
        await using var scene = await BudgetScene.StartAsync("  day: { team: search, tokens: 1000000, per: day }");
        scene.Provider.RespondWith(Reply.Json(
            200, $$"""{"choices":[{"index":0,"message":{"role":"assistant","content":"one two six"},"finish_reason":"stop"}],"usage":{{usage}}}"""));

        var answer = await scene.AskAsync();

        var entry = Assert.Single(await scene.LedgerAsync()).Entry;
        Assert.Equal(isInputEstimated || isOutputEstimated ? CostBasis.Estimated : CostBasis.Reported, entry.Basis);
        Assert.InRange(entry.Tokens.Input, isInputEstimated ? 1 : 10, isInputEstimated ? 9 : 10);
        Assert.Equal(isOutputEstimated ? 3 : 5, entry.Tokens.Output);
        Assert.Equal(entry.Basis == CostBasis.Estimated ? "estimated" : null, answer.Headers.GetValueOrDefault("x-gateway-cost-basis"));
        Assert.Equal(Tokens(entry), (await scene.AssertBalancedAsync())[("day", "search")]);
    }

    internal static BudgetGuard Guard(BudgetScene scene) => scene.Gateway.Services.GetRequiredService<BudgetGuard>();

    internal static void AssertExceeded(Delivered answer) =>
        Assert.Equal((HttpStatusCode.TooManyRequests, "policy_budget_exceeded"), (answer.Status, answer.ErrorCode));

    private static long Tokens(LedgerEntry entry) => entry.Tokens.Input + entry.Tokens.CachedInput + entry.Tokens.Output + entry.Tokens.Reasoning;

    private static Task<HttpResponseMessage> StartReleasedAsync(BudgetScene scene, EventGate gate, int events)
    {
        gate.Release(events);
        return scene.StartAsync(BudgetScene.AskStream.Replace("\"max_tokens\":5", "\"max_tokens\":100", StringComparison.Ordinal));
    }
}
