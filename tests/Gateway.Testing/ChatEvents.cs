using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Testing;

/// <summary>Payloads of a streamed chat completion for scripts that need a certain text or length rather than a fixture.</summary>
public static class ChatEvents
{
    private const string DefaultId = "chatcmpl-fake";

    /// <summary>A whole answer: the role, one event per delta, the finish reason.</summary>
    public static IReadOnlyList<string> Text(params string[] deltas) => [Role(), .. deltas.Select(delta => Delta(delta)), Finish()];

    /// <summary>The first event, which carries the role and an empty content.</summary>
    public static string Role(string id = DefaultId) => Chunk(id, new { role = "assistant", content = "" }, finishReason: null);

    /// <summary>A piece of the answer.</summary>
    public static string Delta(string content, string id = DefaultId) => Chunk(id, new { content }, finishReason: null);

    /// <summary>A piece of what the model thinks before it answers, as DeepSeek and vLLM send it.</summary>
    public static string Reasoning(string text, string id = DefaultId) => Chunk(id, new { reasoning_content = text }, finishReason: null);

    /// <summary>The event that ends a choice.</summary>
    public static string Finish(string reason = "stop", string id = DefaultId) => Chunk(id, new { }, reason);

    /// <summary>The last event of a stream with <c>include_usage</c>: no choices, only usage.</summary>
    public static string Usage(int promptTokens, int completionTokens, string id = DefaultId) => JsonSerializer.Serialize(new
    {
        id,
        @object = "chat.completion.chunk",
        created = 1_741_569_952,
        model = "fake-model",
        choices = Array.Empty<object>(),
        usage = new { prompt_tokens = promptTokens, completion_tokens = completionTokens, total_tokens = promptTokens + completionTokens },
    });

    internal static bool IsUsage(string payload) =>
        JsonNode.Parse(payload) is JsonObject chunk && chunk["choices"] is JsonArray { Count: 0 } && chunk["usage"] is JsonObject;

    private static string Chunk(string id, object delta, string? finishReason) => JsonSerializer.Serialize(new
    {
        id,
        @object = "chat.completion.chunk",
        created = 1_741_569_952,
        model = "fake-model",
        choices = new[] { new { index = 0, delta, finish_reason = finishReason } },
    });
}
