namespace Gateway.Engine.Dialogue;

/// <summary>Takes the line breaks from both ends of a text that comes in pieces: those around reasoning are part of the model's format.</summary>
internal sealed class ReasoningText
{
    private string _breaks = "";
    private bool _hasText;

    /// <summary>What of the text so far is surely inside of it.</summary>
    public string Next(string piece)
    {
        var text = _hasText ? _breaks + piece : piece.TrimStart('\n');
        var clear = text.TrimEnd('\n');
        _hasText |= clear.Length > 0;
        _breaks = _hasText ? text[clear.Length..] : "";
        return clear;
    }
}
