using System.Text.Json;

namespace Gateway.Routing;

/// <summary>Reads the tool calls of an assistant message. A call costs about what a message does besides its text.</summary>
internal static class ToolCalls
{
    public static void ReadAll(ref Utf8JsonReader json, ref PromptText text)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Read(ref json, ref text);
        }
    }

    /// <summary>The names and arguments of a call, at whatever depth the dialect puts them.</summary>
    public static void Read(ref Utf8JsonReader json, ref PromptText text)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        text.AddMessage();
        int depth = json.CurrentDepth;
        while (json.Read() && json.CurrentDepth > depth)
        {
            if (json.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            bool isText = JsonName.Is(ref json, "name"u8) || JsonName.Is(ref json, "arguments"u8) || JsonName.Is(ref json, "input"u8);
            json.Read();
            if (isText && json.TokenType == JsonTokenType.String)
            {
                text.AddText(ref json);
            }
        }
    }
}
