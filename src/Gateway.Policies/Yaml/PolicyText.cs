using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Gateway.Policies.Validation;

namespace Gateway.Policies.Yaml;

/// <summary>Turns a file's bytes into text that the YAML parser can be trusted with.</summary>
internal static class PolicyText
{
    /// <summary>
    /// What YAML 1.2, section 5.1, does not allow. The parser takes NUL for the end of the file, and all that follows
    /// would be silently ignored.
    /// </summary>
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(code => (char)code).Except(['\t', '\n', '\r']), '\u007f']);

    /// <summary>The text without byte order mark, or null when it is not clean UTF-8, which is then reported.</summary>
    public static string? Decode(ReadOnlySpan<byte> bytes, FileReport report)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
        {
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        }

        var characters = new char[bytes.Length];
        var status = Utf8.ToUtf16(bytes, characters, out _, out var written, replaceInvalidSequences: false);
        var text = characters.AsSpan(0, written);
        if (status != OperationStatus.Done)
        {
            report.Error(Place.Of(text, written), "", "The text is not UTF-8 here.", "Save the file as UTF-8");
            return null;
        }

        if (text.IndexOfAny(Forbidden) is >= 0 and var index)
        {
            report.Error(Place.Of(text, index), "", $"The control character U+{(int)text[index]:X4} has no place in YAML.", "Remove it");
            return null;
        }

        return new string(text);
    }
}
