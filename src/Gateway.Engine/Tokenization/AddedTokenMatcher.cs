using System.Buffers;
using System.Text;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Tokenization;

/// <summary>Finds added tokens in a text: leftmost first, of those the longest, none overlapping.</summary>
internal sealed class AddedTokenMatcher
{
    private const int Root = 0;

    private readonly Dictionary<(int Node, char Unit), int> _children = [];
    private readonly List<AddedToken?> _tokenAt = [null];
    private readonly SearchValues<char> _firstUnits;

    /// <param name="entries">What to look for, not empty, and the token that it means.</param>
    public AddedTokenMatcher(IEnumerable<(string Content, AddedToken Token)> entries)
    {
        foreach (var (content, token) in entries)
        {
            var node = Root;
            foreach (var unit in content)
            {
                if (!_children.TryGetValue((node, unit), out var child))
                {
                    child = _tokenAt.Count;
                    _children.Add((node, unit), child);
                    _tokenAt.Add(null);
                }

                node = child;
            }

            _tokenAt[node] = token;
        }

        _firstUnits = SearchValues.Create([.. _children.Keys.Where(key => key.Node == Root).Select(key => key.Unit)]);
    }

    /// <summary>Cuts a text into added tokens and the stretches between them, left to right.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="guard">A character behind which no token begins.</param>
    public List<(TextRange Range, AddedToken? Token)> Split(ReadOnlySpan<char> text, char? guard = null)
    {
        List<(TextRange, AddedToken?)> parts = [];
        var end = 0;
        for (var position = 0; position < text.Length;)
        {
            var skip = text[position..].IndexOfAny(_firstUnits);
            if (skip < 0)
            {
                break;
            }

            position += skip;
            var isGuarded = position > 0 && text[position - 1] == guard;
            if (isGuarded || Longest(text[position..], out var length) is not { } token)
            {
                position++;
                continue;
            }

            var (start, stop) = (position, position + length);
            position = stop;
            if (token.SingleWord && (IsWord(Rune.DecodeLastFromUtf16, text[..start]) || IsWord(Rune.DecodeFromUtf16, text[stop..])))
            {
                continue;
            }

            start = token.StripsLeft ? Math.Max(end, text[..start].TrimEnd().Length) : start;
            stop = token.StripsRight ? text.Length - text[stop..].TrimStart().Length : stop;
            if (start > end)
            {
                parts.Add((new TextRange(end, start - end), null));
            }

            parts.Add((new TextRange(start, stop - start), token));
            position = end = stop;
        }

        if (end < text.Length)
        {
            parts.Add((new TextRange(end, text.Length - end), null));
        }

        return parts;
    }

    /// <summary>Whether the text begins with one of the tokens, or is itself the beginning of one.</summary>
    public bool CanBegin(ReadOnlySpan<char> text)
    {
        var node = Root;
        foreach (var unit in text)
        {
            if (!_children.TryGetValue((node, unit), out node))
            {
                return false;
            }

            if (_tokenAt[node] is not null)
            {
                return true;
            }
        }

        return true;
    }

    private delegate OperationStatus Decode(ReadOnlySpan<char> text, out Rune rune, out int length);

    private static bool IsWord(Decode decode, ReadOnlySpan<char> text) =>
        decode(text, out var rune, out _) == OperationStatus.Done && WordCharacters.Contain(rune);

    private AddedToken? Longest(ReadOnlySpan<char> text, out int length)
    {
        AddedToken? longest = null;
        length = 0;
        var node = Root;
        for (var i = 0; i < text.Length && _children.TryGetValue((node, text[i]), out node); i++)
        {
            if (_tokenAt[node] is { } token)
            {
                (longest, length) = (token, i + 1);
            }
        }

        return longest;
    }
}
