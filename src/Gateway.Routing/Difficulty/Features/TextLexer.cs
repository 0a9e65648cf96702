namespace Gateway.Routing.Difficulty.Features;

/// <summary>Cuts a text into words, numbers and symbols, in one pass without allocation. White space separates and is dropped.</summary>
internal ref struct TextLexer(ReadOnlySpan<char> text)
{
    /// <summary>Larger numbers count as this one.</summary>
    public const double LargestNumber = 1e12;

    private readonly ReadOnlySpan<char> _text = text;
    private int _position;

    public bool TryRead(out TextToken token)
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }

        if (_position == _text.Length)
        {
            token = default;
            return false;
        }

        char first = _text[_position];
        token = char.IsLetter(first) ? ReadWord() : char.IsAsciiDigit(first) ? ReadNumber() : ReadSymbol();
        return true;
    }

    private TextToken ReadWord()
    {
        // Locals, because the compiler keeps them in registers and the fields not.
        var text = _text;
        int start = _position;
        int end = start;
        uint state = TermHash.WordSeed;
        do
        {
            char unit = ToLower(text[end]);
            state = TermHash.Append(state, unit);
            end++;
        }
        while (end < text.Length && (IsLetter(text[end]) || IsApostropheInside(end)));

        _position = end;
        int length = end - start;
        return new TextToken(
            TextTokenKind.Word,
            start,
            length,
            TermHash.Finish(state),
            char.IsUpper(_text[start]),
            !char.IsAscii(_text[start]),
            0);
    }

    private static bool IsLetter(char unit) => char.IsAscii(unit) ? char.IsAsciiLetter(unit) : char.IsLetter(unit);

    private static char ToLower(char unit) => char.IsAscii(unit) ? (char)(unit | 0x20) : char.ToLowerInvariant(unit);

    private readonly bool IsApostropheInside(int position) =>
        _text[position] == '\'' && position + 1 < _text.Length && char.IsLetter(_text[position + 1]);

    private TextToken ReadNumber()
    {
        int start = _position;
        int digits = 0;
        double value = 0;
        double place = 1;
        bool isFraction = false;
        for (; _position < _text.Length; _position++)
        {
            char unit = _text[_position];
            if (char.IsAsciiDigit(unit))
            {
                digits++;
                place /= isFraction ? 10 : 1;
                value = isFraction ? value + ((unit - '0') * place) : Math.Min((value * 10) + (unit - '0'), LargestNumber);
            }
            else if (unit is '.' or ',' && _position + 1 < _text.Length && char.IsAsciiDigit(_text[_position + 1]))
            {
                isFraction |= unit == '.';
            }
            else
            {
                break;
            }
        }

        return new TextToken(
            TextTokenKind.Number, start, _position - start, TermHash.OfNumber(Math.Min(digits, 15)), false, false, value);
    }

    private TextToken ReadSymbol()
    {
        int start = _position++;
        return new TextToken(TextTokenKind.Symbol, start, 1, TermHash.OfSymbol(_text[start]), false, !char.IsAscii(_text[start]), 0);
    }
}
