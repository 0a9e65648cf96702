using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Syntax;

/// <summary>A position in a template's text that counts lines as it moves.</summary>
internal sealed class SourceCursor(string text)
{
    public int Position { get; private set; }

    /// <summary>The line of the position, from 1.</summary>
    public int Line { get; private set; } = 1;

    public int Length => text.Length;

    public bool AtEnd => Position == text.Length;

    public char this[int position] => text[position];

    public char Current => text[Position];

    /// <summary>The first occurrence from the cursor, or from another position; -1 when there is none.</summary>
    public int Find(string part, int? from = null) => text.IndexOf(part, from ?? Position, StringComparison.Ordinal);

    public bool At(string part) => text.AsSpan(Position).StartsWith(part, StringComparison.Ordinal);

    public char? Peek(int offset) => Position + offset < text.Length ? text[Position + offset] : null;

    public string TakeTo(int end)
    {
        var taken = text[Position..end];
        Line += taken.AsSpan().Count('\n');
        Position = end;
        return taken;
    }

    public string TakeWhile(Func<char, bool> accepts)
    {
        var end = Position;
        while (end < text.Length && accepts(text[end]))
        {
            end++;
        }

        return TakeTo(end);
    }

    public void Skip(int count) => TakeTo(Position + count);

    public void SkipWhitespace() => TakeWhile(PythonString.IsSpace);

    /// <summary>Takes the current character when it is one of these, and says which.</summary>
    public char? SkipAny(params ReadOnlySpan<char> characters)
    {
        if (AtEnd || !characters.Contains(Current))
        {
            return null;
        }

        var taken = Current;
        Skip(1);
        return taken;
    }

    /// <summary>Whether a tag of just that name begins at <paramref name="start"/>.</summary>
    public bool MatchesTag(int start, string name)
    {
        var position = start + 2;
        var signed = position < text.Length && text[position] is '-' or '+';
        return TagEndAfter(signed ? position + 1 : position, name) is not null;
    }

    /// <summary>Where the end delimiter (with its sign) of a tag of just that name begins; null when another tag stands there.</summary>
    public int? TagEndAfter(int position, string name)
    {
        position = PastWhitespace(position);
        if (!text.AsSpan(position).StartsWith(name, StringComparison.Ordinal))
        {
            return null;
        }

        position = PastWhitespace(position + name.Length);
        var rest = text.AsSpan(position);
        return rest.StartsWith("%}") || rest.StartsWith("-%}") || rest.StartsWith("+%}") ? position : null;
    }

    private int PastWhitespace(int position)
    {
        while (position < text.Length && PythonString.IsSpace(text[position]))
        {
            position++;
        }

        return position;
    }
}
