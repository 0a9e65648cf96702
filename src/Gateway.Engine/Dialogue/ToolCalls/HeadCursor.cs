namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>Reads along a text that may end anywhere, because the rest of it has not been generated yet.</summary>
internal ref struct HeadCursor(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;

    /// <summary>How much has been read, in UTF-16 units.</summary>
    public int Position { get; private set; }

    /// <summary>Whether a read failed because the text ended too early: with more text it might succeed.</summary>
    public bool IsShort { get; private set; }

    public readonly ReadOnlySpan<char> Rest => _text[Position..];

    /// <summary>Reads the literal; false, having read nothing, when the text goes on otherwise or ends.</summary>
    public bool Take(string literal)
    {
        var rest = Rest;
        if (rest.StartsWith(literal, StringComparison.Ordinal))
        {
            Position += literal.Length;
            return true;
        }

        IsShort |= literal.AsSpan().StartsWith(rest, StringComparison.Ordinal);
        return false;
    }

    /// <summary>Whether the literal comes next; reads nothing.</summary>
    public bool IsAt(string literal)
    {
        IsShort |= literal.AsSpan().StartsWith(Rest, StringComparison.Ordinal);
        return Rest.StartsWith(literal, StringComparison.Ordinal);
    }

    public void SkipWhiteSpace()
    {
        while (Position < _text.Length && char.IsWhiteSpace(_text[Position]))
        {
            Position++;
        }
    }

    /// <summary>Reads one of the names, the longest that fits, which something other than a character of names must follow; null when none does.</summary>
    public string? TakeName(IReadOnlySet<string> names)
    {
        var length = 0;
        var rest = Rest;
        while (length < rest.Length && (char.IsAsciiLetterOrDigit(rest[length]) || rest[length] is '_' or '-'))
        {
            length++;
        }

        var name = rest[..length].ToString();
        if (length == rest.Length)
        {
            IsShort |= names.Any(known => known.StartsWith(name, StringComparison.Ordinal));
            return null;
        }

        if (!names.Contains(name))
        {
            return null;
        }

        Position += length;
        return name;
    }

    /// <summary>Reads up to the literal and over it; false when it is not within so many characters.</summary>
    public bool SkipPast(string literal, int within)
    {
        var rest = Rest;
        var at = rest.IndexOf(literal, StringComparison.Ordinal);
        if (at >= 0 && at <= within)
        {
            Position += at + literal.Length;
            return true;
        }

        IsShort |= rest.Length <= within + literal.Length;
        return false;
    }
}
