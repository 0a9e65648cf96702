using System.Text.Json;

namespace Gateway.Engine.Tokenization.Files;

/// <summary>Reads a JSON document with the errors that callers of this folder expect.</summary>
internal static class JsonFile
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Has <paramref name="read"/> read the document, which lives only for that long.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> json, string name, Func<JsonCursor, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json.Span.StartsWith(ByteOrderMark) ? json[ByteOrderMark.Length..] : json);
            return read(new JsonCursor(name, "$", document.RootElement));
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException(name, "$", $"this is not JSON: {e.Message}", e);
        }
    }

    public static ReadOnlyMemory<byte> Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFormatException(path, "$", $"the file cannot be read: {e.Message}", e);
        }
    }
}
