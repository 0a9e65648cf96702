using System.Text;
using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>
/// A model that reasons: a small one of random weights, with the vocabulary of DeepSeek's marks and a template that opens the reasoning. A
/// bias lets the end of the reasoning come soon, and a choice of two words holds its content.
/// </summary>
public sealed class ReasoningTests : IAsyncLifetime
{
    private const int ThinkEnd = 484;
    private const int EndOfText = 1;
    private const string Template =
        "{{ bos_token }}{% for message in messages %}{{ '<｜' + message.role + '｜>' + message.content }}{% endfor %}"
        + "{% if add_generation_prompt %}<｜Assistant｜>{{ '<think>\\n' if enable_thinking is not defined or enable_thinking else '</think>' }}{% endif %}";

    private readonly TempFolder _folder = new();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        var original = Path.Combine(RepositoryRoot.Path, "tests", "goldens", "models", "llama_distill");
        foreach (var name in new[] { "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json" })
        {
            File.Copy(Path.Combine(original, name), Path.Combine(_folder.Path, name));
        }

        _folder.Write("chat_template.jinja", Template);
        _gateway = await StartAsync("contextWindow: 1024", ("Engine:ModelPath", _folder.Path), ("Engine:KvCacheTokens", "2048"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Chat_Reasoning_IsApartFromContentAndCountedExactly()
    {
        var reasoned = 0;
        for (var seed = 0; seed < 8; seed++)
        {
            var body = Think(seed, ("logprobs", true));
            var whole = await _gateway.Client.ChatAsync(body);
            var choice = whole.OkJson.GetProperty("choices")[0];
            var message = choice.GetProperty("message");
            var logprobs = choice.GetProperty("logprobs");
            var thoughts = logprobs.TryGetProperty("reasoning_content", out var entries) ? entries.EnumerateArray().ToList() : [];
            var usage = whole.OkJson.GetProperty("usage");

            Assert.Contains(message.GetProperty("content").GetString(), new[] { "yes", "no" });
            Assert.Equal("stop", whole.FinishReason);
            Assert.Equal("</think>", thoughts[^1].GetProperty("token").GetString());
            Assert.Equal(thoughts.Count, usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
            Assert.Equal(whole.CompletionTokens, thoughts.Count + logprobs.GetProperty("content").GetArrayLength() + 1);
            var bytes = thoughts.SkipLast(1).SelectMany(entry => entry.GetProperty("bytes").EnumerateArray().Select(value => value.GetByte())).ToArray();
            var reasoning = message.TryGetProperty("reasoning_content", out var text) ? text.GetString()! : "";
            Assert.Equal(Encoding.UTF8.GetString(bytes).Trim('\n'), reasoning);
            reasoned += reasoning.Length > 0 ? 1 : 0;

            var events = await AnswerEvents.StreamAsync(_gateway.Client, GatewayRequests.ChatPath, body);
            Assert.Equal(message.GetProperty("content").GetString(), events.Text);
            Assert.Equal(reasoning, Reasoning(events));
        }

        Assert.True(reasoned > 3, $"Only {reasoned} answers have reasoning.");
    }

    [Fact]
    public async Task Chat_CutInTheReasoning_IsAllReasoning()
    {
        var answer = (await _gateway.Client.ChatAsync(Think(1, ("max_tokens", 5), ("logit_bias", new Dictionary<string, int> { [$"{ThinkEnd}"] = -100, [$"{EndOfText}"] = -100 })))).OkJson;
        Assert.Equal("", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.NotEqual("", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("reasoning_content").GetString());
        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(5, answer.GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
    }

    [Theory]
    [InlineData("reasoning_effort", "\"none\"")]
    [InlineData("chat_template_kwargs", """{"enable_thinking":false}""")]
    public async Task Chat_ReasoningTurnedOff_IsContentAtOnce(string field, string value)
    {
        var answer = (await _gateway.Client.ChatAsync(Think(1, (field, JsonElement.Parse(value))))).OkJson;
        var message = answer.GetProperty("choices")[0].GetProperty("message");
        Assert.False(message.TryGetProperty("reasoning_content", out _));
        Assert.Contains(message.GetProperty("content").GetString(), new[] { "yes", "no" });
        Assert.Equal(0, answer.GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
    }

    [Fact]
    public async Task Chat_StopString_DoesNotEndTheReasoning()
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var free = (await _gateway.Client.ChatAsync(Think(seed))).OkJson.GetProperty("choices")[0].GetProperty("message");
            var stopped = (await _gateway.Client.ChatAsync(Think(seed, ("stop", new[] { "e", "o", "a", "t", " " })))).OkJson.GetProperty("choices")[0].GetProperty("message");
            Assert.Equal(
                free.TryGetProperty("reasoning_content", out var reasoning) ? reasoning.GetString() : null,
                stopped.TryGetProperty("reasoning_content", out var same) ? same.GetString() : null);
            Assert.Equal(free.GetProperty("content").GetString()![..1], stopped.GetProperty("content").GetString());
        }
    }

    [Fact]
    public async Task Chat_ForcedCall_ComesBehindTheReasoning()
    {
        var tool = JsonElement.Parse("""{"type":"function","function":{"name":"get_time","parameters":{"type":"object","properties":{"zone":{"enum":["UTC","CET"]}},"required":["zone"],"additionalProperties":false}}}""");
        for (var seed = 0; seed < 4; seed++)
        {
            var body = Think(seed, ("structured_outputs", null), ("tools", new[] { tool }), ("tool_choice", "required"), ("parallel_tool_calls", false));
            var choice = (await _gateway.Client.ChatAsync(body)).OkJson.GetProperty("choices")[0];
            Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
            var call = Assert.Single(choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray()).GetProperty("function");
            Assert.Contains(JsonElement.Parse(call.GetProperty("arguments").GetString()!).GetProperty("zone").GetString(), new[] { "UTC", "CET" });
        }
    }

    private static string Reasoning(AnswerEvents events) => string.Concat(events.Chunks
        .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
        .Select(delta => delta.TryGetProperty("reasoning_content", out var piece) ? piece.GetString() : ""));

    private static Dictionary<string, object?> Think(int seed, params (string Name, object? Value)[] more) => Ask("Is it?",
    [
        ("temperature", 1),
        ("seed", seed),
        ("max_tokens", 300),
        ("logit_bias", new Dictionary<string, int> { [$"{ThinkEnd}"] = 9, [$"{EndOfText}"] = -100 }),
        ("structured_outputs", new { choice = new[] { "yes", "no" } }),
        .. more,
    ]);
}
