using System.Text;
using System.Text.Json.Nodes;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.Observability;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Routing;

/// <summary>Three gateways that share a real Redis and have the same policies.</summary>
public sealed class ReplicaAgreementTests
{
    /// <summary>Few tokens, so that the time to the first one decides, by far.</summary>
    private const string Body = """{"model":"auto","stream":true,"max_tokens":20,"messages":[{"role":"user","content":"Why is the sky blue?"}]}""";

    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Explain_SameRequestOnThreeReplicas_IsTheSameAnswerWithin5sOfAnyChange()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var slow = await FakeProvider.StartAsync();
        await using var fast = await FakeProvider.StartAsync();
        slow.RespondWith(Reply.StreamFixture("chat-stream-usage.sse", new StreamOptions { FirstEventDelay = TimeSpan.FromSeconds(0.5) }));
        fast.RespondWith(Reply.StreamFixture("chat-stream-usage.sse"));
        await using var a = await StartAsync("a", redis, slow, fast);
        await using var b = await StartAsync("b", redis, slow, fast);
        await using var c = await StartAsync("c", redis, slow, fast);
        GatewayUnderTest[] all = [a, b, c];

        // Nothing is known: the first one listed is as good as the other.
        await AgreeAsync(all, "slow/small", calls: 0);

        for (var i = 0; i < 10; i++)
        {
            await AskAsync(a, "slow/small");
            await AskAsync(a, "fast/small");
        }

        // Only one replica has called anyone, and all prefer what that one found to be faster.
        await AgreeAsync(all, "fast/small", calls: 1);

        fast.RespondWith(Reply.Json(503, """{"error":{"message":"overloaded","type":"server_error","param":null,"code":null}}"""));
        for (var i = 0; i < 40; i++)
        {
            await AskAsync(b, "fast/small");
        }

        // Another one found out that most of its calls fail.
        await AgreeAsync(all, "slow/small", calls: 1);
    }

    private static Task<GatewayUnderTest> StartAsync(string name, RedisServer redis, FakeProvider slow, FakeProvider fast) => GatewayUnderTest.StartAsync(setup =>
    {
        const string Model = "models: { small: { contextWindow: 8192, skills: { general: 0.7 }, prices: { input: 1, output: 1 } } }";
        setup.ProvidersYaml = $"""
            providers:
              slow: {"{"} dialect: openai, baseUrl: {slow.BaseUrl}, {Model} {"}"}
              fast: {"{"} dialect: openai, baseUrl: {fast.BaseUrl}, {Model} {"}"}
            """;
        setup.RoutesYaml = "routes: { auto: { strategy: scored, weights: { latency: 10 }, candidates: [ slow/small, fast/small ] } }";
        setup.FailoverYaml = "defaults: { retry: { times: 0 }, breaker: { minimumCalls: 1000 } }";
        setup.Settings["Gateway:ReplicaName"] = name;
        setup.Settings["Redis:Configuration"] = redis.Configuration;
    });

    /// <summary>Waits until each replica plans <paramref name="first"/> first, with the very same numbers.</summary>
    private static Task AgreeAsync(GatewayUnderTest[] replicas, string first, int calls) => Wait.UntilAsync(
        async () =>
        {
            var answers = await Task.WhenAll(replicas.Select(ExplainAsync));
            var best = JsonNode.Parse(answers[0])!["candidates"]![0]!;
            return answers.All(answer => answer == answers[0]) && (string?)best["model"] == first && (double)best["calls"]! >= calls;
        },
        Promise);

    private static async Task<string> ExplainAsync(GatewayUnderTest replica)
    {
        using var response = await replica.Client.PostAsync("v1/route/explain", new StringContent(Body, Encoding.UTF8, "application/json"));
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task AskAsync(GatewayUnderTest replica, string model)
    {
        using var response = await replica.Client.PostAsync(
            "v1/chat/completions", new StringContent(Body.Replace("auto", model, StringComparison.Ordinal), Encoding.UTF8, "application/json"));
        await response.Content.ReadAsStringAsync();
    }
}
