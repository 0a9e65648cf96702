using System.Text.Json;

namespace Gateway.Contracts.OpenAI;

/// <summary>
/// Reads a <c>usage</c> object. OpenAI reports cached tokens in <c>prompt_tokens_details.cached_tokens</c>, DeepSeek in
/// <c>prompt_cache_hit_tokens</c>; both count them inside <c>prompt_tokens</c>.
/// </summary>
internal static class UsageReader
{
    /// <summary>Null when the value is no object or names no token count.</summary>
    public static TokenUsage? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        long? input = null, output = null;
        long cached = 0, reasoning = 0, total = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8))
            {
                input = Count(ref reader);
            }
            else if (reader.ValueTextEquals("completion_tokens"u8))
            {
                output = Count(ref reader);
            }
            else if (reader.ValueTextEquals("total_tokens"u8))
            {
                total = Count(ref reader);
            }
            else if (reader.ValueTextEquals("prompt_cache_hit_tokens"u8))
            {
                cached = Math.Max(cached, Count(ref reader));
            }
            else if (reader.ValueTextEquals("prompt_tokens_details"u8))
            {
                cached = Math.Max(cached, Detail(ref reader, "cached_tokens"u8));
            }
            else if (reader.ValueTextEquals("completion_tokens_details"u8))
            {
                reasoning = Detail(ref reader, "reasoning_tokens"u8);
            }
            else
            {
                reader.Skip();
            }
        }

        return input is null && output is null ? null : Of(input ?? 0, cached, output ?? 0, reasoning, total);
    }

    /// <summary>
    /// OpenAI counts reasoning as completion. xAI and Gemini bill it alike and leave it out: there it is what the total has beyond prompt and completion, or more
    /// than the completion that it would be part of.
    /// </summary>
    private static TokenUsage Of(long input, long cached, long output, long reasoning, long total)
    {
        var beside = Math.Max(input > 0 ? total - input - output : 0, reasoning > output ? reasoning : 0);
        return new TokenUsage(input, Math.Min(cached, input), output + beside, Math.Max(reasoning, beside));
    }

    private static long Detail(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        long value = 0;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return 0;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name))
            {
                value = Count(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return value;
    }

    /// <summary>
    /// A count that is no integer from 0 to <see cref="int.MaxValue"/> is read as 0: a provider's odd number never breaks an answer. 10.0 is an integer, as
    /// in JSON Schema. The bound keeps sums over the calls of a request exact.
    /// </summary>
    private static long Count(ref Utf8JsonReader reader)
    {
        reader.Read();
        var value = reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var number) && decimal.IsInteger(number) && number is > 0 and <= int.MaxValue
            ? (long)number
            : 0;
        reader.Skip();
        return value;
    }
}
