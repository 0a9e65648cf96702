using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>The wire shape of the engine's answers.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class AnswerShapeTests(LocalGateway local)
{
    [Fact]
    public async Task Chat_Whole_HasOpenAIsShape()
    {
        var answer = await local.Client.ChatAsync(Ask("ping"));
        var root = answer.OkJson;
        Assert.Equal(["object", "id", "created", "model", "choices", "usage"], Names(root));
        Assert.Equal("chat.completion", root.GetProperty("object").GetString());
        Assert.Equal("chatcmpl-" + answer.Headers.GetValues("x-request-id").Single(), root.GetProperty("id").GetString());
        Assert.Equal("demo", root.GetProperty("model").GetString());
        var choice = Assert.Single(root.GetProperty("choices").EnumerateArray());
        Assert.Equal(["index", "message", "logprobs", "finish_reason"], Names(choice));
        Assert.Equal("""{"role":"assistant","content":"pong","refusal":null}""", choice.GetProperty("message").GetRawText());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        Assert.Equal(answer.PromptTokens + answer.CompletionTokens, root.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Equal("local", answer.Headers.GetValues("x-gateway-provider").Single());
        Assert.Equal("auto", answer.Headers.GetValues("x-gateway-route").Single());
    }

    [Fact]
    public async Task Chat_Streamed_BeginsWithTheRoleAndEndsWithTheReason()
    {
        var events = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, Ask("ping"));
        Assert.All(events.Chunks, chunk => Assert.Equal("chat.completion.chunk", chunk.GetProperty("object").GetString()));
        Assert.Single(events.Chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
        Assert.Equal("""{"role":"assistant","content":""}""", events.Chunks[0].GetProperty("choices")[0].GetProperty("delta").GetRawText());
        Assert.Equal("{}", events.Chunks[^1].GetProperty("choices")[0].GetProperty("delta").GetRawText());
        Assert.Equal(["stop"], events.FinishReasons);
        Assert.DoesNotContain(events.Chunks, chunk => chunk.TryGetProperty("usage", out var usage) && usage.ValueKind != JsonValueKind.Null);
    }

    [Theory]
    [InlineData("v1/chat/completions")]
    [InlineData("v1/completions")]
    public async Task Stream_IncludeUsage_AddsOneChunkWithoutChoices(string path)
    {
        var body = Ask("ping", ("prompt", "ping"), ("max_tokens", 5), ("stream_options", new { include_usage = true }));
        body.Remove(path == GatewayRequests.ChatPath ? "prompt" : "messages");
        var whole = await local.Client.PostJsonAsync(path, JsonSerializer.SerializeToUtf8Bytes(body));
        var events = await AnswerEvents.StreamAsync(local.Client, path, body);
        Assert.Equal(0, events.Chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal(whole.OkJson.GetProperty("usage").GetRawText(), events.Chunks[^1].GetProperty("usage").GetRawText());
        Assert.All(events.Chunks.SkipLast(1), chunk => Assert.Equal(1, chunk.GetProperty("choices").GetArrayLength()));
    }

    [Theory]
    [InlineData("Say hello in German")]
    [InlineData("Translate good morning to Spanish")]
    public async Task Stream_AnyQuestion_ConcatenatesToTheWholeAnswer(string question)
    {
        var whole = await local.Client.ChatAsync(Ask(question));
        Assert.Equal(whole.Text, (await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, Ask(question))).Text);
    }

    [Fact]
    public async Task Stream_AnswerBeyondAscii_NeverSplitsACharacter()
    {
        var body = Ask("What can you do?");
        body["messages"] = new[] { new { role = "system", content = "Answer in German." }, new { role = "user", content = "What can you do?" } };
        var events = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, body);
        Assert.Contains(events.Text, character => character > 127);
        Assert.All(events.Pieces, piece => Assert.DoesNotContain('\uFFFD', piece));
    }

    [Fact]
    public async Task Completions_Whole_HasOpenAIsShape()
    {
        var answer = await local.Client.CompleteAsync(new { model = "auto", prompt = "Hello", max_tokens = 3, temperature = 0 });
        var root = answer.OkJson;
        Assert.Equal(["object", "id", "created", "model", "choices", "usage"], Names(root));
        Assert.Equal("text_completion", root.GetProperty("object").GetString());
        Assert.Equal(["finish_reason", "index", "logprobs", "text"], Names(root.GetProperty("choices")[0]).Order(StringComparer.Ordinal));
        Assert.Equal("length", answer.FinishReason);
        Assert.Equal(3, answer.CompletionTokens);
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);
}
