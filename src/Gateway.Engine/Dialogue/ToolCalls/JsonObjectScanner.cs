namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// Finds where a JSON object ends that comes in pieces. Looks at nesting and strings only: whether the text is valid JSON is for its
/// reader to find out.
/// </summary>
internal struct JsonObjectScanner
{
    private int _depth;
    private bool _isInString;
    private bool _isEscaped;

    /// <summary>Whether the closing brace of the object has been read.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether a character came that cannot stand in JSON outside a string: the object breaks off before it.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Reads on; the result is how many characters belong to the object.</summary>
    public int Read(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (ToolCallMarks.IsToken(text[i]) || !(_isInString || CanStandOutside(text[i])))
            {
                IsBroken = true;
                return i;
            }

            Step(text[i]);
            if (_depth == 0)
            {
                IsComplete = true;
                return i + 1;
            }
        }

        return text.Length;
    }

    private static bool CanStandOutside(char character) =>
        char.IsAsciiLetterOrDigit(character) || char.IsWhiteSpace(character) || character is '{' or '}' or '[' or ']' or ':' or ',' or '"' or '+' or '-' or '.';

    private void Step(char character)
    {
        if (_isInString)
        {
            _isInString = _isEscaped || character != '"';
            _isEscaped = !_isEscaped && character == '\\';
            return;
        }

        _isInString = character == '"';
        _depth += character switch
        {
            '{' or '[' => 1,
            '}' or ']' => -1,
            _ => 0,
        };
    }
}
