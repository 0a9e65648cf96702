using System.Text.Json;

namespace Gateway.Contracts.OpenAI;

/// <summary>What the <c>choices</c> of one answer or event say.</summary>
internal ref struct ChoiceFacts
{
    private const int MaxTrackedChoices = 64;

    public readonly bool HasToken => HasContentToken || HasReasoningToken;

    public bool HasContentToken { get; private set; }

    public bool HasReasoningToken { get; private set; }

    public int TextBytes { get; private set; }

    public ulong Seen { get; private set; }

    public ulong Finished { get; private set; }

    /// <summary>Reads the array that the reader stands on; false when it is empty or no array.</summary>
    public bool ReadAll(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }

        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ReadChoice(ref reader, count++);
        }

        return count > 0;
    }

    private void ReadChoice(ref Utf8JsonReader reader, int position)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        var index = position;
        var isFinished = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                ReadDelta(ref reader);
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                reader.Read();
                HasContentToken |= IsFilled(ref reader);
                SkipText(ref reader);
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                isFinished = reader.TokenType == JsonTokenType.String;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : position;
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }

        if (index is >= 0 and < MaxTrackedChoices)
        {
            Seen |= 1ul << index;
            Finished |= isFinished ? 1ul << index : 0;
        }
    }

    /// <summary>DeepSeek and vLLM name reasoning <c>reasoning_content</c>, OpenRouter and newer vLLM <c>reasoning</c>.</summary>
    private void ReadDelta(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isReasoning = reader.ValueTextEquals("reasoning_content"u8) || reader.ValueTextEquals("reasoning"u8);
            var isContent = reader.ValueTextEquals("content"u8)
                || reader.ValueTextEquals("refusal"u8)
                || reader.ValueTextEquals("tool_calls"u8)
                || reader.ValueTextEquals("function_call"u8);
            reader.Read();
            HasReasoningToken |= isReasoning && IsFilled(ref reader);
            HasContentToken |= isContent && IsFilled(ref reader);
            if (isReasoning || isContent)
            {
                SkipText(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Leaves the reader on the last token of the value.</summary>
    private void SkipText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            TextBytes += reader.TokenType == JsonTokenType.String ? reader.ValueSpan.Length : 0;
            return;
        }

        // Of tool calls what the model wrote: each piece of their arguments comes with ids and indexes that are no tokens.
        var depth = reader.CurrentDepth;
        var isText = false;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            TextBytes += isText && reader.TokenType == JsonTokenType.String ? reader.ValueSpan.Length : 0;
            isText = reader.TokenType == JsonTokenType.PropertyName
                && (reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("name"u8) || reader.ValueTextEquals("text"u8));
        }
    }

    private static bool IsFilled(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.ValueSpan.Length > 0,
        JsonTokenType.StartArray or JsonTokenType.StartObject => true,
        _ => false,
    };
}
