using System.Globalization;
using System.Text;

namespace Gateway.Policies.Validation;

/// <summary>Shows text from a file inside a message: one line, of bounded length, and without terminal or bidi controls.</summary>
internal static class Quote
{
    private const int MaxRunes = 80;

    /// <summary>In single quotes.</summary>
    public static string Of(string text) => $"'{Plain(text)}'";

    /// <summary>Without quotes, for paths of keys.</summary>
    public static string Plain(string text)
    {
        var shown = new StringBuilder();
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (++count > MaxRunes)
            {
                return shown.Append("...").ToString();
            }

            if (IsPrintable(rune))
            {
                shown.Append(rune);
            }
            else
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
            }
        }

        return shown.ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
