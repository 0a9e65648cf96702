using System.Buffers;
using System.Text;

namespace Gateway.Engine.ChatTemplates;

/// <summary>Applies the caller's <see cref="ChatTemplateInput.ShieldText"/> to text, and knows what to leave alone.</summary>
internal sealed class Shield(Func<string, string>? shieldText, bool keepThinkMarks = false)
{
    private const string ThinkStart = "<think>";
    private const string ThinkEnd = "</think>";

    private static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.$");

    /// <summary>
    /// The same shield for an assistant's own earlier text: the marks of its reasoning stay, since templates find old reasoning
    /// by them.
    /// </summary>
    public Shield KeepingThinkMarks() => new(shieldText, keepThinkMarks: true);

    public string Text(string text) => shieldText is null
        ? text
        : keepThinkMarks && text.Contains("think>", StringComparison.Ordinal) ? BetweenThinkMarks(text, shieldText) : shieldText(text);

    /// <summary>
    /// Shields a key or a role: plain names such as <c>tool_calls</c>, which templates look for, always stay as they are.
    /// Anything else (a key of a tool's arguments may be any text) is shielded like text.
    /// </summary>
    public string Name(string name) => IsPlain(name) ? name : Text(name);

    private static bool IsPlain(string name) => !name.AsSpan().ContainsAnyExcept(PlainCharacters);

    private static string BetweenThinkMarks(string text, Func<string, string> shieldText)
    {
        var shielded = new StringBuilder(text.Length);
        var plain = 0;
        for (var i = 0; i < text.Length;)
        {
            var mark = text.AsSpan(i).StartsWith(ThinkStart, StringComparison.Ordinal) ? ThinkStart
                : text.AsSpan(i).StartsWith(ThinkEnd, StringComparison.Ordinal) ? ThinkEnd
                : null;
            if (mark is null)
            {
                i++;
                continue;
            }

            shielded.Append(plain < i ? shieldText(text[plain..i]) : "").Append(mark);
            i += mark.Length;
            plain = i;
        }

        return shielded.Append(plain < text.Length ? shieldText(text[plain..]) : "").ToString();
    }
}
