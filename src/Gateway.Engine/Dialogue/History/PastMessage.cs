using System.Text.Json;
using Gateway.Engine.ChatTemplates;

namespace Gateway.Engine.Dialogue.History;

/// <summary>A message of the conversation so far, as far as tools are concerned.</summary>
/// <param name="Source">The message as it was sent, its text joined to one string.</param>
internal sealed record PastMessage(JsonElement Source)
{
    /// <summary>The result of a call that nobody answered.</summary>
    public static PastMessage NoResult { get; } = Read(JsonElement.Parse("""{"role":"tool","content":""}"""), "");

    /// <summary>The role; OpenAI's older <c>function</c> counts as <c>tool</c>.</summary>
    public required string Role { get; init; }

    /// <summary>The text; null when there is none.</summary>
    public string? Content { get; init; }

    /// <summary>What the assistant called; empty for none.</summary>
    public IReadOnlyList<PastCall> Calls { get; init; } = [];

    /// <summary>Which call this is the result of; null when it is none, or the client did not say.</summary>
    public string? CallId { get; init; }

    public bool IsResult => Role == "tool";

    public bool IsAssistant => Role == "assistant";

    /// <param name="message">A message.</param>
    /// <param name="place">Where it stands, for errors.</param>
    /// <exception cref="ChatMessageException">Its calls are malformed.</exception>
    public static PastMessage Read(JsonElement message, string place)
    {
        var role = StringOf(message, "role") ?? "";
        return new PastMessage(message)
        {
            Role = role == "function" ? "tool" : role,
            Content = StringOf(message, "content"),
            Calls = role == "assistant" ? CallsOf(message, place) : [],
            CallId = StringOf(message, "tool_call_id"),
        };
    }

    private static IReadOnlyList<PastCall> CallsOf(JsonElement message, string place)
    {
        if (message.TryGetProperty("function_call", out var older) && older.ValueKind != JsonValueKind.Null)
        {
            return [PastCall.ReadFunction(id: null, older, $"{place}.function_call")];
        }

        if (!message.TryGetProperty("tool_calls", out var calls) || calls.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return calls.ValueKind == JsonValueKind.Array
            ? [.. calls.EnumerateArray().Select((call, i) => PastCall.Read(call, $"{place}.tool_calls[{i}]"))]
            : throw new ChatMessageException($"{place}.tool_calls", "an array is expected.");
    }

    private static string? StringOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
