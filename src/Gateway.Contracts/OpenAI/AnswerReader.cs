using System.Text.Json;

namespace Gateway.Contracts.OpenAI;

/// <summary>Reads the facts out of an OpenAI answer, whole or as one event, in one pass and without allocating.</summary>
public static class AnswerReader
{
    public static AnswerFacts Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return ReadObject(json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // Not JSON, or JSON of quite another shape: the caller sees IsObject = false.
            return default;
        }
    }

    /// <summary>The same event without its <c>usage</c> member, for a client that did not ask for usage.</summary>
    public static byte[] WithoutUsage(ReadOnlySpan<byte> json, in AnswerFacts facts)
    {
        var span = facts.UsageMember;
        var result = new byte[json.Length - span.Length];
        json[..span.Start].CopyTo(result);
        json[span.End..].CopyTo(result.AsSpan(span.Start));
        return result;
    }

    /// <summary>The same event with another <c>id</c>, for a client that knows the answer by that one.</summary>
    /// <param name="json">The event.</param>
    /// <param name="facts">What <see cref="Read"/> found in it.</param>
    /// <param name="id">The id; put in as a JSON string.</param>
    public static byte[] WithId(ReadOnlySpan<byte> json, in AnswerFacts facts, string id)
    {
        if (facts.Id.Length == 0)
        {
            return json.ToArray();
        }

        return [.. json[..facts.Id.Start], .. JsonSerializer.SerializeToUtf8Bytes(id, OpenAIJson.Relaxed.String), .. json[facts.Id.End..]];
    }

    private static AnswerFacts ReadObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 128 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return default;
        }

        var choices = default(ChoiceFacts);
        TokenUsage? usage = null;
        var usageMember = default(ByteSpan);
        var id = default(ByteSpan);
        bool hasChoices = false, isError = false, isFirst = true, removeFollowingComma = false;
        var previousEnd = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (removeFollowingComma)
            {
                usageMember = usageMember with { Length = (int)reader.TokenStartIndex - usageMember.Start };
                removeFollowingComma = false;
            }

            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                hasChoices = choices.ReadAll(ref reader);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                var nameStart = (int)reader.TokenStartIndex;
                reader.Read();
                usage = UsageReader.Read(ref reader);
                var start = isFirst ? nameStart : previousEnd;
                usageMember = new ByteSpan(start, (int)reader.BytesConsumed - start);
                removeFollowingComma = isFirst;
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                id = reader.TokenType == JsonTokenType.String ? new ByteSpan(start, (int)reader.BytesConsumed - start) : default;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                isError = reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }

            previousEnd = (int)reader.BytesConsumed;
            isFirst = false;
        }

        // Anything but white space behind the closing brace throws.
        reader.Read();
        return new AnswerFacts
        {
            IsObject = true,
            HasChoices = hasChoices,
            HasToken = choices.HasToken,
            HasContentToken = choices.HasContentToken,
            TextBytes = choices.TextBytes,
            Choices = choices.Seen,
            Finished = choices.Finished,
            IsError = isError,
            Usage = usage,
            UsageMember = usageMember,
            Id = id,
        };
    }
}
