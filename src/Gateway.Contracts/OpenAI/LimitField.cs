using System.Text.Json;

namespace Gateway.Contracts.OpenAI;

/// <summary>A limit on the answer's tokens: where it stands in the body, and what it says.</summary>
internal readonly record struct LimitField(ByteSpan Span, long Value)
{
    /// <summary>The value that the reader stands on; null when it is null.</summary>
    public static LimitField? Read(ref Utf8JsonReader reader, string name, long minimum)
    {
        var start = (int)reader.TokenStartIndex;
        return JsonField.Integer(ref reader, name, minimum) is { } value ? new LimitField(new ByteSpan(start, (int)reader.BytesConsumed - start), value) : null;
    }
}
