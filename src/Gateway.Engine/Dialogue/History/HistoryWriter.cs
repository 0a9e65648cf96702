using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Dialogue.ToolCalls;

namespace Gateway.Engine.Dialogue.History;

/// <summary>
/// Brings a conversation with calls and their results into the form that a chat template can take: what it would fail over, or leave out, is
/// written so that it does neither. A conversation without them stays as it is. Results come in the order of the calls that they answer, since
/// templates tell them apart by nothing else.
/// </summary>
internal sealed class HistoryWriter(TemplateTraits traits)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="messages">Messages with their texts joined (<see cref="ChatMessages.Normalize"/>).</param>
    /// <param name="instructions">What the system message is to end with; null for nothing.</param>
    /// <exception cref="ChatMessageException">A call is malformed.</exception>
    public JsonElement Write(JsonElement messages, string? instructions)
    {
        var history = messages.EnumerateArray().Select((message, i) => PastMessage.Read(message, $"messages[{i}]")).ToList();
        if (instructions is null && !history.Any(NeedsChange))
        {
            return messages;
        }

        InOrderOfCalls(history);
        if (traits.CountsResults)
        {
            AddMissingResults(history);
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            WriteAll(json, history, instructions);
            json.WriteEndArray();
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan, new JsonReaderOptions { MaxDepth = 1000 });
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>An assistant message without text fails many a template; so does an empty list of calls.</summary>
    private static bool NeedsChange(PastMessage message) =>
        message.IsResult || (message.IsAssistant && (message.Calls.Count > 0 || message.Content is null || message.Source.TryGetProperty("tool_calls", out _)));

    private static void InOrderOfCalls(List<PastMessage> history)
    {
        for (var i = 0; i < history.Count; i++)
        {
            var results = history.Skip(i + 1).TakeWhile(message => message.IsResult).ToList();
            if (history[i].Calls.Count > 1 && results.Count > 1)
            {
                var ids = history[i].Calls.Select(call => call.Id).ToList();
                var ordered = results.OrderBy(result => ids.IndexOf(result.CallId) is >= 0 and var index ? index : int.MaxValue).ToList();
                history.RemoveRange(i + 1, results.Count);
                history.InsertRange(i + 1, ordered);
            }
        }
    }

    /// <summary>Where only some of a message's calls were answered, the others are with nothing.</summary>
    private static void AddMissingResults(List<PastMessage> history)
    {
        for (var i = 0; i < history.Count; i++)
        {
            var results = history.Skip(i + 1).TakeWhile(message => message.IsResult).ToList();
            var missing = history[i].Calls.Count - results.Count;
            if (results.Count == 0 || missing <= 0)
            {
                continue;
            }

            // They are in the order of the calls: a call whose result is not next has none.
            for (var call = 0; call < history[i].Calls.Count && missing > 0; call++)
            {
                if (call >= results.Count || results[call].CallId != history[i].Calls[call].Id)
                {
                    results.Insert(call, PastMessage.NoResult);
                    history.Insert(i + 1 + call, PastMessage.NoResult);
                    missing--;
                }
            }
        }
    }

    private void WriteAll(Utf8JsonWriter json, List<PastMessage> history, string? instructions)
    {
        // Some templates take the last system message and no other.
        var system = instructions is null ? -1 : history.FindLastIndex(message => message.Role == "system");
        if (instructions is not null && system < 0)
        {
            WriteText(json, "system", instructions);
        }

        for (var i = 0; i < history.Count; i++)
        {
            if (i == system)
            {
                WriteText(json, "system", string.IsNullOrEmpty(history[i].Content) ? instructions! : $"{history[i].Content}\n\n{instructions}");
            }
            else if (history[i].IsResult && !traits.RendersResults)
            {
                var results = history.Skip(i).TakeWhile(message => message.IsResult).ToList();
                WriteText(json, "user", string.Join('\n', results.Select(result => $"<tool_response>\n{result.Content}\n</tool_response>")));
                i += results.Count - 1;
            }
            else
            {
                WriteMessage(json, history[i]);
            }
        }
    }

    private void WriteMessage(Utf8JsonWriter json, PastMessage message)
    {
        if (message.IsResult)
        {
            WriteLike(json, message, "tool", message.Content ?? "");
        }
        else if (!message.IsAssistant)
        {
            message.Source.WriteTo(json);
        }
        else if (message.Calls.Count == 0)
        {
            WriteLike(json, message, message.Role, message.Content ?? "");
        }
        else if (traits.Calls is null)
        {
            WriteLike(json, message, message.Role, AsText(message));
        }
        else
        {
            WriteCalls(json, message);
        }
    }

    private void WriteCalls(Utf8JsonWriter json, PastMessage message)
    {
        var text = message.Content;
        if (!string.IsNullOrEmpty(text) && !traits.KeepsTextBeforeCalls)
        {
            WriteLike(json, message, message.Role, text);
            json.WriteStartObject();
            json.WriteString("role", message.Role);
            text = null;
        }
        else
        {
            WriteStartLike(json, message, message.Role);
        }

        WriteContent(json, string.IsNullOrEmpty(text) ? (traits.WantsNullContent ? null : "") : text);
        json.WriteStartArray("tool_calls");
        foreach (var call in message.Calls)
        {
            WriteCall(json, call);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteCall(Utf8JsonWriter json, PastCall call)
    {
        json.WriteStartObject();
        json.WriteString("id", call.Id);
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", call.Name);
        if (traits.WantsArgumentObjects)
        {
            json.WritePropertyName("arguments");
            json.WriteRawValue(call.Arguments);
        }
        else
        {
            json.WriteString("arguments", call.Arguments);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>For a template that knows no calls: they are part of the text, as the instructions describe them.</summary>
    private static string AsText(PastMessage message)
    {
        StringBuilder text = new(message.Content);
        foreach (var call in message.Calls)
        {
            _ = text.Append(text.Length > 0 ? "\n" : "")
                .Append(HermesToolCalls.CallBegin).Append("\n{\"name\": \"").Append(JsonEncodedText.Encode(call.Name)).Append("\", \"arguments\": ")
                .Append(call.Arguments).Append("}\n").Append(HermesToolCalls.CallEnd);
        }

        return text.ToString();
    }

    private static void WriteText(Utf8JsonWriter json, string role, string text)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    private static void WriteLike(Utf8JsonWriter json, PastMessage message, string role, string content)
    {
        WriteStartLike(json, message, role);
        WriteContent(json, content);
        json.WriteEndObject();
    }

    /// <summary>Everything of the message but its content and its calls.</summary>
    private static void WriteStartLike(Utf8JsonWriter json, PastMessage message, string role)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        foreach (var member in message.Source.EnumerateObject())
        {
            if (member.Name is not ("role" or "content" or "tool_calls" or "function_call"))
            {
                member.WriteTo(json);
            }
        }
    }

    private static void WriteContent(Utf8JsonWriter json, string? content)
    {
        if (content is null)
        {
            json.WriteNull("content");
        }
        else
        {
            json.WriteString("content", content);
        }
    }
}
