using System.Text;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>The string work that methods and filters share. Positions are UTF-16 units; costs are charged before the work.</summary>
internal static class TextOperations
{
    private const string Spaces =
        "\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
        + "\u2028\u2029\u202f\u205f\u3000";

    public static StringValue Strip(string text, string? characters, bool left, bool right, RenderBudget budget)
    {
        budget.Allocate(text.Length);
        budget.Search(text.Length, characters?.Length ?? 1);
        return new StringValue(PythonString.Strip(text, characters, left, right));
    }

    /// <summary>Replaces at most <paramref name="count"/> occurrences, all when it is negative.</summary>
    public static string Replace(string text, string old, string replacement, int count, RenderBudget budget)
    {
        if (old.Length == 0)
        {
            return Intersperse(text, replacement, count, budget);
        }

        budget.Search(text.Length, old.Length);
        var result = new TextBuffer(budget);
        var position = 0;
        for (var done = 0; done != count && text.IndexOf(old, position, StringComparison.Ordinal) is var found && found >= 0; done++)
        {
            result.Append(text[position..found]).Append(replacement);
            position = found + old.Length;
        }

        return position == 0 ? text : result.Append(text[position..]).ToString();
    }

    /// <summary>Splits at a separator, at most <paramref name="count"/> times (negative: no limit), from the left or the right.</summary>
    public static ListValue Split(string text, string separator, int count, bool fromRight, RenderBudget budget)
    {
        if (separator.Length == 0)
        {
            throw new ChatTemplateException("split needs a separator that is not empty.");
        }

        budget.Search(text.Length, separator.Length);
        budget.Allocate(text.Length);
        List<Value> parts = [];
        var (start, end) = (0, text.Length);
        for (var done = 0; done != count; done++)
        {
            budget.AllocateItems(1);
            var found = fromRight
                ? text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal)
                : text.IndexOf(separator, start, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            parts.Add(new StringValue(fromRight ? text[(found + separator.Length)..end] : text[start..found]));
            (start, end) = fromRight ? (start, found) : (found + separator.Length, end);
        }

        parts.Add(new StringValue(text[start..end]));
        if (fromRight)
        {
            parts.Reverse();
        }

        return new ListValue(parts);
    }

    /// <summary>Splits at runs of whitespace, which also vanish from both ends; what is left after <paramref name="count"/> splits stays whole.</summary>
    public static ListValue SplitAtWhitespace(string text, int count, bool fromRight, RenderBudget budget)
    {
        budget.Allocate(text.Length);
        List<Value> parts = [];
        var rest = fromRight ? text.AsSpan().TrimEnd(Spaces) : text.AsSpan().TrimStart(Spaces);
        while (rest.Length > 0)
        {
            budget.AllocateItems(1);
            var space = parts.Count == count ? -1 : fromRight ? rest.LastIndexOfAny(Spaces) : rest.IndexOfAny(Spaces);
            if (space < 0)
            {
                parts.Add(new StringValue(rest.ToString()));
                break;
            }

            parts.Add(new StringValue((fromRight ? rest[(space + 1)..] : rest[..space]).ToString()));
            rest = fromRight ? rest[..space].TrimEnd(Spaces) : rest[space..].TrimStart(Spaces);
        }

        if (fromRight)
        {
            parts.Reverse();
        }

        return new ListValue(parts);
    }

    /// <summary>The lines; a line break at the end begins no further line.</summary>
    public static IReadOnlyList<string> Lines(string text, bool keepEnds, RenderBudget budget)
    {
        budget.Allocate(text.Length);
        List<string> lines = [];
        for (var start = 0; start < text.Length;)
        {
            budget.AllocateItems(1);
            var length = text.AsSpan(start).IndexOfAny("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");
            var end = length < 0 ? text.Length : start + length;
            var next = end == text.Length ? end : text.AsSpan(end).StartsWith("\r\n", StringComparison.Ordinal) ? end + 2 : end + 1;
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    private static string Intersperse(string text, string inserted, int count, RenderBudget budget)
    {
        var points = PythonString.CodePoints(text);
        budget.AllocateItems(points.Count);
        budget.Allocate((points.Count + 1L) * inserted.Length);
        var result = new StringBuilder();
        for (var i = 0; i <= points.Count; i++)
        {
            result.Append(count < 0 || i < count ? inserted : "").Append(i < points.Count ? points[i] : "");
        }

        return result.ToString();
    }
}
