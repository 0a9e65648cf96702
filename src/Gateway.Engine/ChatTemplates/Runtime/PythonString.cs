using System.Text;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>
/// Strings as Python counts them: by code point, where .NET counts UTF-16 units. Only text with surrogate pairs (most emoji,
/// rare Han) needs the slower path.
/// </summary>
internal static class PythonString
{
    public static int Length(string text) => HasSurrogates(text) ? text.EnumerateRunes().Count() : text.Length;

    /// <summary>One string per code point.</summary>
    public static IReadOnlyList<string> CodePoints(string text)
    {
        var points = new List<string>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var units = char.IsSurrogatePair(text, i) ? 2 : 1;
            points.Add(text.Substring(i, units));
            i += units;
        }

        return points;
    }

    public static bool HasSurrogates(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    /// <summary>Python's <c>str.isspace</c> for one character: it also counts the separators U+001C to U+001F.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001c' and <= '\u001f';

    /// <summary>Strips whitespace, or the given characters, from the sides named.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        var start = 0;
        var end = text.Length;
        while (left && start < end && IsStripped(text[start], characters))
        {
            start++;
        }

        while (right && end > start && IsStripped(text[end - 1], characters))
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>Orders by code point; UTF-16 order would put U+E000 to U+FFFF after the surrogate pairs.</summary>
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        var x = left[common];
        var y = right[common];
        return char.IsSurrogate(x) == char.IsSurrogate(y) ? x.CompareTo(y) : char.IsSurrogate(x) ? 1 : -1;
    }

    public static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var first = char.IsSurrogatePair(text, 0) ? 2 : 1;
        return string.Concat(text[..first].ToUpperInvariant(), text[first..].ToLowerInvariant());
    }

    /// <summary>Upper case after every character that <paramref name="startsWord"/> accepts and at the start, lower case elsewhere.</summary>
    public static string Title(string text, Func<char, bool> startsWord)
    {
        var titled = new StringBuilder(text.Length);
        var atStart = true;
        foreach (var character in text)
        {
            titled.Append(atStart ? char.ToUpperInvariant(character) : char.ToLowerInvariant(character));
            atStart = startsWord(character);
        }

        return titled.ToString();
    }

    private static bool IsStripped(char character, string? characters) =>
        characters is null ? IsSpace(character) : characters.Contains(character);
}
