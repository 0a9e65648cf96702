using System.Text;
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
        var added = tokenizer?.AddedTokenList.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal) ?? [];
        _ids = [.. marks.Select(mark => added.TryGetValue(mark, out var id) ? id : (int?)null)];
        _spellings = Enumerable.Range(0, _marks.Length).Where(i => _ids[i] is not null).ToDictionary(i => _ids[i]!.Value, Sentinel);
    }

    /// <summary>Whether a character stands for a mark that came as a token.</summary>
    public static bool IsToken(char character) => character is >= First and <= Last;

    /// <summary>How a mark looks in the text of an answer.</summary>
    public string Spell(string mark)
    {
        var index = Array.IndexOf(_marks, mark);
        return _ids[index] is null ? mark : Sentinel(index);
    }

    /// <summary>The token of a mark; null when it is plain text.</summary>
    public int? IdOf(string mark) => _ids[Array.IndexOf(_marks, mark)];

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

    private static string Sentinel(int index) => ((char)(First + index)).ToString();
}
