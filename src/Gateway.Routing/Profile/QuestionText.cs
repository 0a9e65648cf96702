using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Gateway.Routing;

/// <summary>The text of a message's content or of a prompt: a string, or the texts of an array's parts, one a line.</summary>
internal static class QuestionText
{
    /// <summary>
    /// Of a longer text the two ends are kept: what is wanted stands there, and the difficulty model reads the end. This bounds what a request
    /// may allocate, below the size from which the collector treats objects as large.
    /// </summary>
    public const int HeadBytes = 8_192;

    /// <inheritdoc cref="HeadBytes"/>
    public const int TailBytes = 32_768;

    /// <param name="json">A value that the front door found well formed.</param>
    public static string Read(ReadOnlySpan<byte> json)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(json.Length + 1);
        try
        {
            return Shorten(rented.AsSpan(0, Gather(json, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int Gather(ReadOnlySpan<byte> json, Span<byte> destination)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = BodyReader.MaxDepth });
        int written = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                // What stands in other members of a part is no text of the user: types, URLs, file data.
                if (!JsonName.Is(ref reader, "text"u8))
                {
                    reader.Skip();
                }
            }
            else if (reader.TokenType == JsonTokenType.String)
            {
                if (written > 0)
                {
                    destination[written++] = (byte)'\n';
                }

                written += JsonText.Unescape(reader.ValueSpan, destination[written..]);
            }
        }

        return written;
    }

    private static string Shorten(ReadOnlySpan<byte> text)
    {
        if (text.Length <= HeadBytes + TailBytes)
        {
            return Encoding.UTF8.GetString(text);
        }

        char[] rented = ArrayPool<char>.Shared.Rent(HeadBytes + 1 + TailBytes);
        try
        {
            int written = Encoding.UTF8.GetChars(text[..HeadBytes], rented);
            rented[written++] = '\n';
            written += Encoding.UTF8.GetChars(text[^TailBytes..], rented.AsSpan(written));
            return new string(rented, 0, written);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }
}
