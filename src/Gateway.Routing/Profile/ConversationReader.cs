using System.Text.Json;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Reads the messages of a conversation, and finds the question and the prefix in them.</summary>
internal ref struct ConversationReader
{
    private bool _isQuestionOfUser;
    private bool _isAfterTool;

    public ConversationReader()
    {
    }

    /// <summary>
    /// Where the content of the last message of the user stands; of the last message at all, when the user wrote none. Empty before any.
    /// </summary>
    public Range Question { get; private set; } = ..0;

    /// <summary>The messages before the last of the user, or before the results of tools that came after it; null when there are neither.</summary>
    public TextMeasure? Prefix { get; private set; }

    public void Read(ref Utf8JsonReader json, ref PromptText text)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.StartObject)
            {
                ReadMessage(ref json, ref text);
            }
            else
            {
                json.Skip();
            }
        }
    }

    private void ReadMessage(ref Utf8JsonReader json, ref PromptText text)
    {
        var before = text.Measure();
        var content = ..0;
        bool isUser = false, isTool = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonName.Is(ref json, "role"u8))
            {
                json.Read();
                isUser = json.TokenType == JsonTokenType.String && JsonName.Is(ref json, "user"u8);
                isTool = json.TokenType == JsonTokenType.String && (JsonName.Is(ref json, "tool"u8) || JsonName.Is(ref json, "function"u8));
                json.Skip();
            }
            else if (JsonName.Is(ref json, "content"u8))
            {
                json.Read();
                int start = (int)json.TokenStartIndex;
                MessageContent.Read(ref json, ref text);
                content = start..(int)json.BytesConsumed;
            }
            else
            {
                ReadMember(ref json, ref text);
            }
        }

        text.AddMessage();
        if (isUser || !_isQuestionOfUser)
        {
            Question = content;
            _isQuestionOfUser = isUser;
        }

        if (isUser || (isTool && !_isAfterTool))
        {
            Prefix = before;
        }

        if (isUser)
        {
            text.EndPrefix();
        }

        _isAfterTool = isTool;
    }

    private static void ReadMember(ref Utf8JsonReader json, ref PromptText text)
    {
        if (JsonName.Is(ref json, "name"u8) || JsonName.Is(ref json, "refusal"u8))
        {
            json.Read();
            text.AddText(ref json);
        }
        else if (JsonName.Is(ref json, "tool_calls"u8))
        {
            json.Read();
            ToolCalls.ReadAll(ref json, ref text);
        }
        else if (JsonName.Is(ref json, "function_call"u8))
        {
            json.Read();
            ToolCalls.Read(ref json, ref text);
        }
        else if (JsonName.Is(ref json, "audio"u8))
        {
            // An answer in audio from an earlier turn: only a model that hears can go on from it.
            json.Read();
            text.AddMedium(json.TokenType == JsonTokenType.StartObject, ModelCapabilities.Audio, tokens: 0);
            json.Skip();
        }
        else
        {
            json.Skip();
        }
    }
}
