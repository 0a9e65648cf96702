using System.Text;
using Gateway.Engine.Dialogue;

namespace Gateway.Commands;

/// <summary>Writes an answer piece by piece, its reasoning dimmed; between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> where the output cannot show that.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isStyled">Whether it understands escape sequences.</param>
internal sealed class AnswerWriter(TextWriter output, bool isStyled)
{
    private readonly StringBuilder _content = new();
    private bool _isReasoning;

    /// <summary>The text of the answer so far, without its reasoning.</summary>
    public string Content => _content.ToString();

    public async Task WriteAsync(AnswerPart part)
    {
        await SwitchAsync(part.Kind == AnswerPartKind.Reasoning);
        await output.WriteAsync(part.Text);
        if (part.Kind == AnswerPartKind.Content)
        {
            _content.Append(part.Text);
        }
    }

    /// <summary>The end of the answer has come.</summary>
    /// <param name="note">What is to be said about it; may be empty.</param>
    public async Task EndAsync(string note = "")
    {
        await SwitchAsync(isReasoning: false);
        await output.WriteLineAsync(note);
    }

    private async Task SwitchAsync(bool isReasoning)
    {
        if (_isReasoning == isReasoning)
        {
            return;
        }

        _isReasoning = isReasoning;
        await output.WriteAsync((isReasoning, isStyled) switch
        {
            (true, true) => "\e[2m",
            (false, true) => "\e[0m\n",
            (true, false) => "<think>",
            (false, false) => "</think>\n",
        });
    }
}
