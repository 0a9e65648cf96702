using System.Text.Json;

namespace Gateway.Routing;

/// <summary>Compares the string on which a reader stands. Unlike the framework's comparison it never throws, whatever is escaped.</summary>
internal static class JsonName
{
    /// <summary>An escaped character takes six bytes at most.</summary>
    private const int LongestEscape = 6;

    private const int LongestName = 32;

    /// <param name="expected">At most 32 bytes of ASCII.</param>
    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> expected)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan.SequenceEqual(expected);
        }

        if (reader.ValueSpan.Length > expected.Length * LongestEscape)
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[LongestName * LongestEscape];
        return buffer[..JsonText.Unescape(reader.ValueSpan, buffer)].SequenceEqual(expected);
    }
}
