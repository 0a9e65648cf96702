using System.Text;

namespace Gateway.Engine.Tokenization;

/// <summary>
/// Lets a chat template write added tokens, such as the mark that opens a turn, and keeps what callers send from doing so. Each text
/// of a caller goes through <see cref="Shield"/> before the template sees it, and the rendered prompt through <see cref="Encode"/>.
/// The result is the tokens of the template's marks, with everything between them encoded as if no added token existed.
/// </summary>
/// <remarks>
/// A guard, a noncharacter that no text may use (Unicode 16, section 23.7), goes before every place where an added token could begin.
/// The text itself stays whole, so that a template that looks for <c>&lt;/think&gt;</c> in an earlier answer still finds it.
/// </remarks>
public sealed class PromptGuard
{
    private const char Guard = '\uFDD0';

    private readonly Tokenizer _tokenizer;
    private readonly string[] _contents;
    private readonly AddedTokenMatcher _matcher;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _ends;
    private readonly int _longest;

    public PromptGuard(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _contents = [.. tokenizer.AddedTokenList.Select(token => token.Content)];
        _matcher = new AddedTokenMatcher(tokenizer.AddedTokenList.Select(token => (token.Content, token)));
        _longest = _contents.Select(content => content.Length).DefaultIfEmpty().Max();
        var ends = _contents.SelectMany(content => Enumerable.Range(1, content.Length - 1).Select(start => content[start..]));
        _ends = ends.ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Marks every place of a caller's text where an added token begins, or would begin together with what comes before or behind the text.</summary>
    /// <returns>The text with guards, and without any that it held already.</returns>
    public string Shield(string callerText)
    {
        ArgumentNullException.ThrowIfNull(callerText);
        var text = callerText.Replace(Guard.ToString(), "", StringComparison.Ordinal);
        StringBuilder shielded = new(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i);
            if ((i == 0 && CanEndToken(text)) || _matcher.CanBegin(rest))
            {
                shielded.Append(Guard);
            }

            shielded.Append(text[i]);
        }

        return shielded.ToString();
    }

    /// <summary>The ids of a rendered prompt. No special tokens are put around it: the template wrote them.</summary>
    public int[] Encode(string renderedPrompt)
    {
        ArgumentNullException.ThrowIfNull(renderedPrompt);
        return _tokenizer.EncodeGuarded(renderedPrompt, Guard);
    }

    /// <summary>Whether the text begins with the end of an added token, or is itself a part of one: the template could have written what is missing.</summary>
    private bool CanEndToken(ReadOnlySpan<char> text)
    {
        for (var length = 1; length < Math.Min(_longest, text.Length + 1); length++)
        {
            if (_ends.Contains(text[..length]))
            {
                return true;
            }
        }

        if (text.Length < _longest)
        {
            foreach (var content in _contents)
            {
                if (content.AsSpan(1).Contains(text, StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
