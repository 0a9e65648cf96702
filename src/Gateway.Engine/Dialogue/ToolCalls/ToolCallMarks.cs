using System.Text;
using Gateway.Engine.Constraints;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// The marks that a tool-call format puts around calls, such as <c>&lt;tool_call&gt;</c>, as they occur in a model's answer. Where a mark is a
/// token of its own, only that token is the mark: a model that repeats such a text from a message spells it out in ordinary tokens, and so
/// calls nothing. Where the vocabulary has no such token, the text is the mark.
/// </summary>
/// <remarks>
/// In the text that a reader sees, a mark that came as a token is one noncharacter of U+FDD1 to U+FDEF (Unicode 16, section 23.7), which no
/// text may use; <see cref="Clean"/> keeps generated text free of them.
/// </remarks>
internal sealed class ToolCallMarks
{
    private const char First = '\uFDD1';
    private const char Last = '\uFDEF';

    private readonly string[] _marks;
    private readonly int?[] _ids;
    private readonly Dictionary<int, string> _spellings;

    /// <param name="marks">The marks; at most 31.</param>
    /// <param name="tokenizer">Knows which of them are tokens; null when all are plain text.</param>
    public ToolCallMarks(IReadOnlyList<string> marks, Tokenizer? tokenizer)
    {
        _marks = [.. marks];
        _ids = [.. marks.Select(mark => tokenizer?.AddedTokenList.FirstOrDefault(token => token.Content == mark)?.Id)];
        _spellings = Enumerable.Range(0, _marks.Length).Where(i => _ids[i] is not null).ToDictionary(i => _ids[i]!.Value, Sentinel);
    }

    /// <summary>Whether a character stands for a mark that came as a token.</summary>
    public static bool IsToken(char character) => character is >= First and <= Last;

    /// <summary>How a mark, or a text with marks in it, looks in the text of an answer.</summary>
    public string Spell(string text)
    {
        for (var i = 0; i < _marks.Length; i++)
        {
            text = _ids[i] is null ? text : text.Replace(_marks[i], Sentinel(i), StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>A mark, or a text with marks in it, as an answer has to have it.</summary>
    public Grammar Grammar(string text)
    {
        List<Grammar> parts = [];
        var spelled = Spell(text);
        while (spelled.Length > 0)
        {
            var isToken = IsToken(spelled[0]);
            var next = spelled.AsSpan().IndexOfAnyInRange(First, Last);
            var length = isToken ? 1 : next < 0 ? spelled.Length : next;
            parts.Add(isToken ? Constraints.Grammar.Token(_ids[spelled[0] - First]!.Value) : Constraints.Grammar.Literal(spelled[..length]));
            spelled = spelled[length..];
        }

        return Constraints.Grammar.Sequence(parts);
    }

    /// <summary>Text in which none of these occurs: marks, or texts with marks in them.</summary>
    public Grammar TextWithout(IEnumerable<string> marks)
    {
        var texts = marks.Where(IsText).ToList();
        return texts.Count == 0 ? Constraints.Grammar.AnyText : Constraints.Grammar.TextWithout(texts);
    }

    /// <summary>Whether a mark, or a text with marks in it, is plain text in an answer: no token is needed for it.</summary>
    public bool IsText(string text) => Spell(text) == text;

    /// <summary>The spelling of a token that is a mark; null for any other token.</summary>
    public string? OfToken(int id) => _spellings.GetValueOrDefault(id);

    /// <summary>Text as it may be shown: marks as their text.</summary>
    public string Show(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(First, Last))
        {
            return text;
        }

        StringBuilder shown = new(text.Length + 32);
        foreach (var character in text)
        {
            _ = IsToken(character) ? shown.Append(_marks[character - First]) : shown.Append(character);
        }

        return shown.ToString();
    }

    /// <summary>Generated text without the characters that stand for tokens here; U+FFFD takes their place.</summary>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(First, Last))
        {
            return text;
        }

        return string.Create(text.Length, text, static (clean, dirty) =>
        {
            for (var i = 0; i < clean.Length; i++)
            {
                clean[i] = IsToken(dirty[i]) ? '\uFFFD' : dirty[i];
            }
        });
    }

    /// <summary>How many characters at the end of a text may be the beginning of a mark, and not all of it.</summary>
    public static int LengthOfBeginning(ReadOnlySpan<char> text, string mark)
    {
        for (var length = Math.Min(text.Length, mark.Length - 1); length > 0; length--)
        {
            if (text[^length..].SequenceEqual(mark.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }

    private static string Sentinel(int index) => ((char)(First + index)).ToString();
}
