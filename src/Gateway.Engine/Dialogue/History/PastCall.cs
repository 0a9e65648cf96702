using System.Text.Json;
using Gateway.Engine.ChatTemplates;

namespace Gateway.Engine.Dialogue.History;

/// <summary>A call in an assistant's earlier message.</summary>
/// <param name="Id">By which its result is found; null when the client sent none.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">JSON text of an object.</param>
internal sealed record PastCall(string? Id, string Name, string Arguments)
{
    /// <summary>Deep enough for any arguments, as deep as the front door lets a body be.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 128 };

    /// <param name="call">An element of <c>tool_calls</c>.</param>
    /// <param name="place">Where it stands, for messages.</param>
    /// <exception cref="ChatMessageException">It is no call of a function with JSON arguments.</exception>
    public static PastCall Read(JsonElement call, string place) =>
        call.ValueKind == JsonValueKind.Object && call.TryGetProperty("function", out var function)
            ? ReadFunction(StringOf(call, "id"), function, $"{place}.function")
            : throw new ChatMessageException(place, "an object with id, type and function is expected.");

    /// <param name="id">By which its result is found; null for none.</param>
    /// <param name="function">A <c>function</c>, or a <c>function_call</c> of OpenAI's older API.</param>
    /// <param name="place">Where it stands, for messages.</param>
    /// <exception cref="ChatMessageException">It has no name, or its arguments are no JSON object.</exception>
    public static PastCall ReadFunction(string? id, JsonElement function, string place)
    {
        if (function.ValueKind != JsonValueKind.Object || StringOf(function, "name") is not { Length: > 0 } name)
        {
            throw new ChatMessageException($"{place}.name", "the name of the function that was called is expected.");
        }

        return new PastCall(id, name, function.TryGetProperty("arguments", out var arguments) ? ArgumentsOf(arguments, $"{place}.arguments") : "{}");
    }

    private static string ArgumentsOf(JsonElement arguments, string place)
    {
        switch (arguments.ValueKind)
        {
            case JsonValueKind.Object:
                return arguments.GetRawText();
            case JsonValueKind.Null:
                return "{}";
            case JsonValueKind.String when arguments.GetString() is var text && string.IsNullOrWhiteSpace(text):
                return "{}";
            case JsonValueKind.String:
                return IsObject(arguments.GetString()!) ? arguments.GetString()! : throw NoObject(place);
            default:
                throw NoObject(place);
        }
    }

    private static ChatMessageException NoObject(string place) => new(place, "JSON text of an object is expected, such as \"{\\\"city\\\":\\\"Paris\\\"}\".");

    private static bool IsObject(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? StringOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
