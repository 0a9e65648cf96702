namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>Reads <c>[…]</c>: characters, ranges, escapes, negation, nested classes (union) and <c>&amp;&amp;</c> (intersection), as Oniguruma has them.</summary>
internal sealed class CharacterClassParser(PatternReader reader)
{
    private const int MaxDepth = 32;

    private int _depth;

    /// <summary>The class whose opening bracket has just been read.</summary>
    public CodePointSet Parse(bool ignoreCase)
    {
        if (++_depth > MaxDepth)
        {
            throw reader.Error($"character classes are nested deeper than {MaxDepth}");
        }

        var negated = reader.TryRead("^");
        CodePointSet? intersection = null;
        List<CodePointSet> items = [];
        while (!reader.TryRead("]"))
        {
            if (reader.TryRead("&&"))
            {
                intersection = Close(intersection, items);
                items = [];
            }
            else
            {
                items.Add(ReadItem(ignoreCase));
            }
        }

        _depth--;
        var set = Close(intersection, items);
        set = ignoreCase ? set.IgnoreCase() : set;
        return negated ? set.Complement() : set;
    }

    private CodePointSet Close(CodePointSet? intersection, List<CodePointSet> items)
    {
        if (items.Count == 0)
        {
            throw reader.Error("an empty part of a character class is not supported; write ']' as '\\]'");
        }

        var set = CodePointSet.Union(items);
        return intersection?.Intersect(set) ?? set;
    }

    private CodePointSet ReadItem(bool ignoreCase)
    {
        if (reader.Peek() == '[' && reader.Peek(1) == ':')
        {
            throw reader.Error("POSIX classes such as [:alpha:] are not supported; write \\p{L}");
        }

        if (reader.TryRead("["))
        {
            return Parse(ignoreCase);
        }

        var first = ReadCharacter(out var escapedSet);
        if (escapedSet is not null)
        {
            return escapedSet;
        }

        // A hyphen before the closing bracket, or before an intersection, is itself.
        if (reader.Peek() != '-' || reader.Peek(1) == ']' || (reader.Peek(1) == '&' && reader.Peek(2) == '&'))
        {
            return CodePointSet.Of(first);
        }

        reader.Expect("-");
        var last = ReadCharacter(out escapedSet);
        if (escapedSet is not null)
        {
            throw reader.Error("a range must end in a character");
        }

        return first <= last ? CodePointSet.Range(first, last) : throw reader.Error("a range runs backwards");
    }

    private int ReadCharacter(out CodePointSet? escapedSet)
    {
        escapedSet = null;
        if (!reader.TryRead("\\"))
        {
            return reader.Read();
        }

        escapedSet = reader.TryReadClassEscape();
        return escapedSet is null ? reader.TryRead("b") ? '\b' : reader.ReadCharacterEscape() : -1;
    }
}
