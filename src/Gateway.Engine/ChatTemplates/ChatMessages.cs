using System.Buffers;
using System.Text.Json;

namespace Gateway.Engine.ChatTemplates;

/// <summary>Brings a client's messages into the form that chat templates expect.</summary>
public static class ChatMessages
{
    /// <summary>As deep as <see cref="Utf8JsonWriter"/> writes by default.</summary>
    private const int MaxDepth = 1000;

    /// <summary>
    /// Joins text parts (<c>"content": [{"type":"text","text":"…"}]</c>) into one string, a newline between parts, and renames the
    /// role <c>developer</c> to <c>system</c>. Everything else stays as it was sent.
    /// </summary>
    /// <exception cref="ChatMessageException">The messages are no array of objects, or a part is not text.</exception>
    public static JsonElement Normalize(JsonElement messages)
    {
        try
        {
            return AnyNeedsChange(messages) ? Rewrite(messages) : messages;
        }
        catch (InvalidOperationException)
        {
            throw new ChatMessageException(
                "messages", "a string holds half of a surrogate pair, which is no character (\\ud800 to \\udfff come in pairs).");
        }
    }

    private static bool AnyNeedsChange(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array)
        {
            throw new ChatMessageException("messages", "an array of messages is expected.");
        }

        var changes = false;
        var position = 0;
        foreach (var message in messages.EnumerateArray())
        {
            changes |= NeedsChange(message, position++);
        }

        return changes;
    }

    private static bool NeedsChange(JsonElement message, int position) => message.ValueKind == JsonValueKind.Object
        ? IsDeveloper(message) || (message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array)
        : throw new ChatMessageException($"messages[{position}]", "an object with role and content is expected.");

    private static bool IsDeveloper(JsonElement message) =>
        message.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String && role.ValueEquals("developer");

    private static JsonElement Rewrite(JsonElement messages)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            var position = 0;
            foreach (var message in messages.EnumerateArray())
            {
                WriteMessage(writer, message, $"messages[{position++}].content");
            }

            writer.WriteEndArray();
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan, new JsonReaderOptions { MaxDepth = MaxDepth });
        return JsonElement.ParseValue(ref reader);
    }

    private static void WriteMessage(Utf8JsonWriter writer, JsonElement message, string contentPath)
    {
        var isDeveloper = IsDeveloper(message);
        writer.WriteStartObject();
        foreach (var property in message.EnumerateObject())
        {
            if (property.NameEquals("content") && property.Value.ValueKind == JsonValueKind.Array)
            {
                writer.WriteString("content", string.Join('\n', property.Value.EnumerateArray().Select((part, i) =>
                    Text(part, $"{contentPath}[{i}]"))));
            }
            else if (isDeveloper && property.NameEquals("role"))
            {
                writer.WriteString("role", "system");
            }
            else
            {
                property.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    private static string Text(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
        {
            throw new ChatMessageException(path, "a content part is an object with a type, e.g. {\"type\":\"text\",\"text\":\"…\"}.");
        }

        if (!type.ValueEquals("text"))
        {
            throw new ChatMessageException($"{path}.type", $"this model reads text parts only, not {type.GetRawText()}.");
        }

        return part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw new ChatMessageException($"{path}.text", "a string is expected.");
    }
}
