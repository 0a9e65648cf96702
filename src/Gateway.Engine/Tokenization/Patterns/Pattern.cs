namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>
/// A compiled regular expression over Unicode code points, as the splitting rules of tokenizers need it: where all matches are, no groups.
/// The platform's <c>Regex</c> works on UTF-16 units, so that <c>\p{L}</c> never matches a letter beyond U+FFFF. Immutable.
/// </summary>
internal sealed class Pattern
{
    private Pattern(PatternNode root)
    {
        (Code, StateCount) = PatternCompiler.Compile(root);
        First = root.MinLength > 0 ? root.First : null;
    }

    /// <summary>The instructions; the first one starts the pattern.</summary>
    public Instruction[] Code { get; }

    /// <summary>How many instructions can fail in a way worth remembering.</summary>
    public int StateCount { get; }

    /// <summary>The characters that a match can begin with; null when a match may be empty.</summary>
    public CodePointSet? First { get; }

    /// <exception cref="PatternSyntaxException">The expression is malformed or uses syntax that is not supported.</exception>
    public static Pattern Parse(string source) => new(PatternParser.Parse(source));

    /// <summary>Adds every match, left to right, not overlapping. An empty match right behind another match does not count.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="matches">Receives the places of the matches in <paramref name="text"/>.</param>
    public void FindAll(ReadOnlySpan<char> text, List<TextRange> matches)
    {
        using PatternMatcher matcher = new(this, text);
        var previousEnd = -1;
        for (var position = 0; position <= text.Length;)
        {
            position = SkipToCandidate(text, position);
            if (position > text.Length)
            {
                return;
            }

            var end = matcher.MatchAt(position);
            if (end < 0 || (end == position && end == previousEnd))
            {
                position += position < text.Length && char.IsHighSurrogate(text[position]) ? 2 : 1;
                continue;
            }

            matches.Add(new TextRange(position, end - position));
            position = previousEnd = end;
        }
    }

    /// <summary>The next place where a match could begin; beyond the end when there is none.</summary>
    private int SkipToCandidate(ReadOnlySpan<char> text, int position)
    {
        if (First is null)
        {
            return position;
        }

        while (position < text.Length && First.MatchLength(text, position) == 0)
        {
            position += char.IsHighSurrogate(text[position]) ? 2 : 1;
        }

        return position < text.Length ? position : text.Length + 1;
    }
}
