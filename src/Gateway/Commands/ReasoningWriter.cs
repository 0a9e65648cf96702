using System.Text;

namespace Gateway.Commands;

/// <summary>Writes an answer piece by piece, with what stands between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> dimmed where the output can show it.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isStyled">Whether it understands escape sequences.</param>
/// <param name="isReasoning">Whether the answer begins in the midst of reasoning.</param>
internal sealed class ReasoningWriter(TextWriter output, bool isStyled, bool isReasoning)
{
    public const string Begin = "<think>";

    private const string End = "</think>";
    private const string Dim = "\e[2m";
    private const string Normal = "\e[0m";

    private readonly StringBuilder _text = new();
    private bool _isReasoning = isReasoning;
    private bool _isDimmed;
    private string _held = "";

    /// <summary>Everything that was written, marks included.</summary>
    public string Text => _text.ToString();

    public async Task WriteAsync(string piece)
    {
        var text = _held + piece;
        _held = "";
        for (var mark = Mark; text.IndexOf(mark, StringComparison.Ordinal) is >= 0 and var index; mark = Mark)
        {
            // Both marks belong to the reasoning.
            var end = index + (_isReasoning ? mark.Length : 0);
            await ShowAsync(text[..end]);
            _isReasoning = !_isReasoning;
            await ShowAsync(text[end..(index + mark.Length)]);
            text = text[(index + mark.Length)..];
        }

        // The mark may come in pieces: what may be its beginning is held back.
        var held = Math.Min(text.Length, Mark.Length - 1);
        while (!text.EndsWith(Mark[..held], StringComparison.Ordinal))
        {
            held--;
        }

        _held = text[^held..];
        await ShowAsync(text[..^held]);
    }

    /// <summary>The end of the answer has come.</summary>
    public async Task EndAsync()
    {
        await ShowAsync(_held);
        _held = "";
        await output.WriteLineAsync(_isDimmed ? Normal : "");
    }

    private string Mark => _isReasoning ? End : Begin;

    private async Task ShowAsync(string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (isStyled && _isDimmed != _isReasoning)
        {
            await output.WriteAsync(_isReasoning ? Dim : Normal);
            _isDimmed = _isReasoning;
        }

        await output.WriteAsync(text);
        _text.Append(text);
    }
}
