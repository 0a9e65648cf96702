using System.Buffers.Text;
using System.Text;

namespace Gateway.Routing;

/// <summary>
/// Unescapes JSON strings that the front door found well formed. Half of a surrogate pair, at which the framework's reader throws, becomes
/// U+FFFD: a profile is made of every request, and an exception for each such string would be costly.
/// </summary>
internal static class JsonText
{
    /// <param name="escaped">The inside of a JSON string.</param>
    /// <param name="destination">At least as long.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> destination)
    {
        int written = 0;
        while (true)
        {
            int plain = escaped.IndexOf((byte)'\\');
            if (plain < 0 || plain + 1 == escaped.Length)
            {
                escaped.CopyTo(destination[written..]);
                return written + escaped.Length;
            }

            escaped[..plain].CopyTo(destination[written..]);
            written += plain;
            escaped = escaped[plain..];
            if (escaped[1] == 'u')
            {
                var rune = ReadRune(escaped, out int read);
                written += rune.EncodeToUtf8(destination[written..]);
                escaped = escaped[read..];
            }
            else
            {
                destination[written++] = Simple(escaped[1]);
                escaped = escaped[2..];
            }
        }
    }

    private static byte Simple(byte letter) => letter switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'t' => (byte)'\t',
        (byte)'r' => (byte)'\r',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        _ => letter,
    };

    private static Rune ReadRune(ReadOnlySpan<byte> escaped, out int read)
    {
        read = 6;
        char first = ReadUnit(escaped);
        if (Rune.TryCreate(first, out var rune))
        {
            return rune;
        }

        if (escaped.Length >= 12 && escaped[6] == '\\' && escaped[7] == 'u' && Rune.TryCreate(first, ReadUnit(escaped[6..]), out rune))
        {
            read = 12;
            return rune;
        }

        return Rune.ReplacementChar;
    }

    private static char ReadUnit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape[2..6], out ushort unit, out _, 'x') ? (char)unit : (char)Rune.ReplacementChar.Value;
}
