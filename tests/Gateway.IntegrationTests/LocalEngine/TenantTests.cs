using Gateway.Contracts.Errors;
using Gateway.Engine;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;
using ProcessEngine = Gateway.Providers.Local.LocalEngine;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Callers with keys before the local engine: whose prefixes they share, what cached tokens cost, and how urgent they may be.</summary>
public sealed class TenantTests : IAsyncLifetime
{
    private const string Question = "What is the capital of France? Please answer in one word, and no more than that.";

    private readonly Dictionary<string, (string Key, string Sha256)> _keys =
        new[] { "ann", "bob", "eve", "ops" }.ToDictionary(id => id, _ => VirtualKeyGenerator.Create());

    private readonly List<GatewayUnderTest> _gateways = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await WaitUntilIdleAsync(gateway);
            await gateway.DisposeAsync();
        }
    }

    [Fact]
    public async Task Chat_SamePromptOfOneTeam_IsCachedAndOfAnotherTeamIsNot()
    {
        var gateway = await StartAsync();
        var first = await AskAsync(gateway, "ann");
        var second = await AskAsync(gateway, "bob");
        var other = await AskAsync(gateway, "eve");
        Assert.Equal([0, CachedOf(first.PromptTokens), 0], new[] { first, second, other }.Select(Cached));
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(first.Text, other.Text);
        Assert.True(Cached(second) >= 16);
    }

    [Fact]
    public async Task Chat_TenantsThatShare_FindEachOthersPrefixes()
    {
        var gateway = await StartAsync(("Engine:SharePrefixesBetweenTenants", "true"));
        var first = await AskAsync(gateway, "ann");
        Assert.Equal(CachedOf(first.PromptTokens), Cached(await AskAsync(gateway, "eve")));
    }

    [Fact]
    public async Task Chat_CachedTokens_HaveTheirOwnPrice()
    {
        var gateway = await StartAsync();
        var tokens = (await AskAsync(gateway, "ann")).PromptTokens;
        var answer = await AskAsync(gateway, "bob");
        var cached = Cached(answer);

        // 1000 and 10 US dollars per million tokens.
        var expected = (((tokens - cached) * 1000m) + (cached * 10m)) / 1_000_000m;
        Assert.Equal(expected, decimal.Parse(answer.Headers.GetValues("x-gateway-cost-usd").Single(), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Stream_UsageOfASecondRequest_ReportsTheCachedTokens()
    {
        var gateway = await StartAsync();
        var first = await AskAsync(gateway, "ann");
        using var request = Request("ann", [("stream", true), ("stream_options", new { include_usage = true })]);
        var body = (await gateway.Client.ReadAsync(request)).Body;
        Assert.Contains($"\"prompt_tokens_details\":{{\"cached_tokens\":{CachedOf(first.PromptTokens)}}}", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ann", null, SchedulingPriority.Normal)]
    [InlineData("ann", "high", SchedulingPriority.Normal)]
    [InlineData("ann", "low", SchedulingPriority.Low)]
    [InlineData("ops", null, SchedulingPriority.High)]
    [InlineData("ops", "high", SchedulingPriority.High)]
    [InlineData("ops", "normal", SchedulingPriority.Normal)]
    [InlineData("eve", "high", SchedulingPriority.Low)]
    public async Task Chat_Priority_IsTheKeysOrWhatIsAskedBelowIt(string caller, string? header, SchedulingPriority expected)
    {
        var gateway = await StartAsync();
        using var request = Request(caller, []);
        if (header is not null)
        {
            request.Headers.Add("x-gateway-priority", header);
        }

        Assert.NotEmpty((await gateway.Client.ReadAsync(request)).Text);
        var engine = gateway.Services.GetRequiredService<ProcessEngine>().Current!.Engine;
        Assert.Equal([expected], engine.Statistics.Priorities.Where(queue => queue.Wait.Count > 0).Select(queue => queue.Priority));
    }

    [Fact]
    public async Task Chat_PriorityThatIsNone_IsNamed()
    {
        var gateway = await StartAsync();
        using var request = Request("ann", []);
        request.Headers.Add("x-gateway-priority", "urgent");
        Assert.Contains("low, normal, high", (await gateway.Client.ReadAsync(request)).ShouldBe(ErrorCode.CallerInvalidHeader, "x-gateway-priority"), StringComparison.Ordinal);
    }

    /// <summary>Whole blocks of four, one token at least being computed.</summary>
    private static int CachedOf(int promptTokens) => (promptTokens - 1) / 4 * 4;

    private static int Cached(Answer answer) => answer.OkJson.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();

    private async Task<GatewayUnderTest> StartAsync(params (string Name, string Value)[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = """
                providers: { local: { dialect: local, models: { demo: { contextWindow: 4096, prices: { input: 1000, cachedInput: 10, output: 0 } } } } }
                """;
            setup.RoutesYaml = "routes: { auto: { candidates: [ local/demo ] } }";
            setup.KeysYaml = $$"""
                keys:
                  - { id: ann, sha256: {{_keys["ann"].Sha256}}, organization: acme, team: search }
                  - { id: bob, sha256: {{_keys["bob"].Sha256}}, organization: acme, team: search }
                  - { id: eve, sha256: {{_keys["eve"].Sha256}}, organization: acme, team: ads, priority: low }
                  - { id: ops, sha256: {{_keys["ops"].Sha256}}, priority: high }
                """;
            setup.Settings["Engine:BlockSize"] = "4";
            foreach (var (name, value) in settings)
            {
                setup.Settings[name] = value;
            }
        });
        _gateways.Add(gateway);
        await WaitUntilReadyAsync(gateway);
        return gateway;
    }

    private async Task<Answer> AskAsync(GatewayUnderTest gateway, string caller)
    {
        using var request = Request(caller, []);
        return await gateway.Client.ReadAsync(request);
    }

    private HttpRequestMessage Request(string caller, (string Name, object? Value)[] more) => new(HttpMethod.Post, GatewayRequests.ChatPath)
    {
        Content = System.Net.Http.Json.JsonContent.Create(Ask(Question, [("max_tokens", 4), .. more])),
        Headers = { Authorization = new("Bearer", _keys[caller].Key) },
    };
}
