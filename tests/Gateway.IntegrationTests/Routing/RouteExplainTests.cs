using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Routing;

/// <summary><c>POST /v1/route/explain</c>: the whole decision, and nothing is called.</summary>
public sealed class RouteExplainTests : IAsyncLifetime
{
    private const string Path = "v1/route/explain";

    private readonly (string Key, string Sha256) _key = VirtualKeyGenerator.Create();
    private FakeProvider _provider = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        _gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = $$"""
                providers:
                  fake:
                    dialect: openai
                    baseUrl: {{_provider.BaseUrl}}
                    models:
                      plain: { contextWindow: 128000, prices: { input: 1, output: 10 } }
                      several: { contextWindow: 128000, capabilities: [ n ] }
                      hidden: { contextWindow: 10 }
                """;
            setup.RoutesYaml = """
                routes:
                  auto: { candidates: [ fake/plain, fake/several ] }
                  narrow: { candidates: [ fake/plain, fake/hidden ] }
                """;
            setup.KeysYaml = $$"""keys: [ { id: k, sha256: {{_key.Sha256}}, models: [ auto, narrow, fake/hidden ] } ]""";
            setup.Settings["Logging:LogLevel:Gateway"] = "Debug";
        });
    }

    [Fact]
    public async Task Post_Route_GivesTheWholeTableAndCallsNobody()
    {
        var answer = (await ExplainAsync("auto")).OkJson;

        Assert.Equal(
            ["route", "strategy", "reason", "refusal", "pressure", "sticky_model", "terms", "profile", "candidates"],
            answer.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("auto", "ordered", "ordered"), (Text(answer, "route"), Text(answer, "strategy"), Text(answer, "reason")));
        Assert.Equal(
            ["prompt_tokens", "needs", "task", "difficulty", "max_output_tokens", "choices", "prefix_share", "fingerprint"],
            answer.GetProperty("profile").EnumerateObject().Select(member => member.Name));
        Assert.True(answer.GetProperty("profile").GetProperty("prompt_tokens").GetProperty("generic").GetInt32() > 0);
        Assert.Equal(
            ["quality_weight", "cost_weight", "latency_weight", "cost_scale_usd", "latency_scale_seconds", "min_quality", "max_cost_usd"],
            answer.GetProperty("terms").EnumerateObject().Select(member => member.Name));
        var candidates = answer.GetProperty("candidates").EnumerateArray().ToList();
        Assert.Equal(["fake/plain", "fake/several"], candidates.Select(candidate => Text(candidate, "model")));
        Assert.Equal(
            [
                "model", "planned", "exclusion", "exclusion_detail", "demotion", "demotion_detail", "score", "quality", "cost_usd", "latency_seconds",
                "first_token_seconds", "seconds_per_token", "error_rate", "calls", "in_flight", "prompt_tokens", "cached_tokens", "output_tokens", "assumed",
            ],
            candidates[0].EnumerateObject().Select(member => member.Name));
        Assert.True(candidates[0].GetProperty("cost_usd").GetDouble() > 0);
        Assert.DoesNotContain("cost_usd", candidates[0].GetProperty("assumed").EnumerateArray().Select(name => name.GetString()));
        Assert.Contains("cost_usd", candidates[1].GetProperty("assumed").EnumerateArray().Select(name => name.GetString()));
        Assert.Empty(_provider.Requests);
    }

    [Fact]
    public async Task Post_CandidateFallsOut_SaysWhy()
    {
        var answer = (await ExplainAsync("auto", """, "n": 2""")).OkJson;

        Assert.Equal("only", Text(answer, "reason"));
        Assert.Equal(["n"], answer.GetProperty("profile").GetProperty("needs").EnumerateArray().Select(need => need.GetString()));
        var last = answer.GetProperty("candidates").EnumerateArray().Last();
        Assert.Equal(("fake/plain", "missing_capability", "lacks n"), (Text(last, "model"), Text(last, "exclusion"), Text(last, "exclusion_detail")));
        Assert.False(last.GetProperty("planned").GetBoolean());
    }

    [Fact]
    public async Task Post_NobodyCan_IsToldInBothPlaces()
    {
        var explained = (await ExplainAsync("narrow", """, "n": 2""")).OkJson;
        var refused = await SendAsync(GatewayRequests.ChatPath, Body("narrow", """, "n": 2"""), $"Bearer {_key.Key}");

        var message = refused.ShouldBe(ErrorCode.CallerUnsupportedByRoute, "model");
        Assert.Equal(
            "No model of 'narrow' can do what the request asks for: 'fake/plain' lacks n; 'fake/hidden' lacks n. Leave that out, or ask for another model.", message);
        Assert.Equal(message, Text(explained, "refusal"));
        Assert.Equal(JsonValueKind.Null, explained.GetProperty("reason").ValueKind);
        Assert.Equal(2, explained.GetProperty("candidates").GetArrayLength());
        Assert.Empty(_provider.Requests);
    }

    [Fact]
    public async Task Post_PinnedModelThatSeemsTooSmall_IsTriedAllTheSame()
    {
        var candidate = Assert.Single((await ExplainAsync("fake/hidden")).OkJson.GetProperty("candidates").EnumerateArray());
        Assert.Equal("context_window", Text(candidate, "exclusion"));
        Assert.True(candidate.GetProperty("planned").GetBoolean());

        Assert.NotEmpty((await SendAsync(GatewayRequests.ChatPath, Body("fake/hidden"), $"Bearer {_key.Key}")).Text);
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task Post_AnsweredRequest_HasItsDecisionInTheLog()
    {
        Assert.NotEmpty((await SendAsync(GatewayRequests.ChatPath, Body("auto"), $"Bearer {_key.Key}")).Text);

        // The line is written behind the answer.
        await _gateway.LoggedAsync("route auto (Ordered, Ordered)");
    }

    [Fact]
    public async Task Post_WithoutKeyWrongNameOrBadBody_IsRefusedAsAChatWouldBe()
    {
        (await SendAsync(Path, Body("auto"), null)).ShouldBe(ErrorCode.CallerMissingKey);
        (await SendAsync(Path, Body("auto"), "Bearer gw-x")).ShouldBe(ErrorCode.CallerInvalidKey);
        (await ExplainAsync("fake/plain")).ShouldBe(ErrorCode.PolicyModelNotAllowed, "model");
        (await ExplainAsync("none")).ShouldBe(ErrorCode.CallerModelNotFound, "model");
        (await SendAsync(Path, """{"model":"auto"}""", $"Bearer {_key.Key}")).ShouldBe(ErrorCode.CallerMissingField, "messages");
        (await SendAsync(Path, "{", $"Bearer {_key.Key}")).ShouldBe(ErrorCode.CallerInvalidJson);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static string Body(string model, string more = "") =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello, how are you this fine morning?"}]{{more}}}""";

    private Task<Answer> ExplainAsync(string model, string more = "") => SendAsync(Path, Body(model, more), $"Bearer {_key.Key}");

    private Task<Answer> SendAsync(string path, string body, string? authorization)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (authorization is not null)
        {
            request.Headers.Add("Authorization", authorization);
        }

        return _gateway.Client.ReadAsync(request);
    }
}
