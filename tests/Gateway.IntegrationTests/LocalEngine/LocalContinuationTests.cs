using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>A provider's stream breaks, and the engine is the next who could go on with it.</summary>
public sealed class LocalContinuationTests : IAsyncLifetime
{
    private const string Capabilities = "capabilities: [tools, json_object, json_schema]";
    private const string Tools = """[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}}]""";
    private const string Question = "Count from 1 to 10";

    private FakeProvider _provider = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = $$"""
                providers:
                  first: { dialect: openai, baseUrl: {{_provider.BaseUrl}}, models: { small: { contextWindow: 4096, {{Capabilities}} } } }
                  local: { dialect: local, models: { demo: { contextWindow: 4096, prefill: plain, {{Capabilities}} } } }
                """;
            setup.RoutesYaml = "routes: { auto: { candidates: [ first/small, local/demo ] } }";
        });
        await LocalGateway.WaitUntilReadyAsync(_gateway);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task Stream_TextBreaksOff_TheEngineGoesOn()
    {
        _provider.RespondWith(Broken(ChatEvents.Delta("1,"), ChatEvents.Delta(" 2,")));
        var answer = (await AskAsync()).AssertWholeStream();
        Assert.StartsWith("1, 2, 3, 4, 5", Content(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ReasoningBreaksOff_TheEngineStartsTheAnswer()
    {
        _provider.RespondWith(Broken(ChatEvents.Reasoning("Let me count.")));
        Assert.StartsWith("1, 2, 3", Content((await AskAsync()).AssertWholeStream()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("response_format", """{"type":"json_object"}""")]
    [InlineData("structured_outputs", """{"regex":"[0-9, ]+"}""")]
    public async Task Stream_AnswerWithAFormatBreaksOff_IsNotGoneOnWith(string field, string value)
    {
        _provider.RespondWith(Broken(ChatEvents.Delta("1,"), ChatEvents.Delta(" 2,")));
        var answer = await AskAsync((field, JsonElement.Parse(value)));
        answer.AssertBrokenStream();
        Assert.Equal("1, 2,", Content(answer));
    }

    [Fact]
    public async Task Stream_CallBreaksOff_IsNotGoneOnWith()
    {
        var call = JsonNode.Parse(ChatEvents.Delta(""))!;
        call["choices"]![0]!["delta"] = JsonNode.Parse("""{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"get_weather","arguments":"{\"ci"}}]}""");
        _provider.RespondWith(Broken(ChatEvents.Delta("I look."), call.ToJsonString()));
        var answer = await AskAsync(("tools", JsonElement.Parse(Tools)));
        answer.AssertBrokenStream();
        Assert.Equal("I look.", Content(answer));
    }

    private static Reply Broken(params string[] events) =>
        Reply.Stream([ChatEvents.Role(), .. events, ChatEvents.Finish()], new StreamOptions { StopAfter = 1 + events.Length });

    private static string Content(Delivered answer) => string.Concat(answer.Events
        .Where(data => data != "[DONE]")
        .Select(data => JsonNode.Parse(data)!["choices"] is JsonArray { Count: > 0 } choices ? (string?)choices[0]!["delta"]?["content"] : null));

    private Task<Delivered> AskAsync(params (string Name, object? Value)[] more) =>
        _gateway.SendAsync(JsonSerializer.Serialize(LocalGateway.Ask(Question, [("stream", true), .. more])));
}
