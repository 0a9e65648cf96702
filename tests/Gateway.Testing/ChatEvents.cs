using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Testing;

/// <summary>Payloads of a streamed chat completion for scripts that need a certain text or length rather than a fixture.</summary>
public static class ChatEvents
{
    /// <summary>A whole answer: the role, one event per delta, the finish reason.</summary>
    public static IReadOnlyList<string> Text(params string[] deltas) => [Role(), .. deltas.Select(Delta), Finish()];

    /// <summary>The first event, which carries the role and an empty content.</summary>
    public static string Role() => Chunk(new { role = "assistant", content = "" }, finishReason: null);

    /// <summary>A piece of the answer.</summary>
    public static string Delta(string content) => Chunk(new { content }, finishReason: null);

    /// <summary>The event that ends a choice.</summary>
    public static string Finish(string reason = "stop") => Chunk(new { }, reason);

    /// <summary>The last event of a stream with <c>include_usage</c>: no choices, only usage.</summary>
    public static string Usage(int promptTokens, int completionTokens) => JsonSerializer.Serialize(new
    {
        id = "chatcmpl-fake",
        @object = "chat.completion.chunk",
        created = 1_741_569_952,
        model = "fake-model",
        choices = Array.Empty<object>(),
        usage = new { prompt_tokens = promptTokens, completion_tokens = completionTokens, total_tokens = promptTokens + completionTokens },
    });

    internal static bool IsUsage(string payload) =>
        JsonNode.Parse(payload) is JsonObject chunk && chunk["choices"] is JsonArray { Count: 0 } && chunk["usage"] is JsonObject;

    private static string Chunk(object delta, string? finishReason) => JsonSerializer.Serialize(new
    {
        id = "chatcmpl-fake",
        @object = "chat.completion.chunk",
        created = 1_741_569_952,
        model = "fake-model",
        choices = new[] { new { index = 0, delta, finish_reason = finishReason } },
    });
}
