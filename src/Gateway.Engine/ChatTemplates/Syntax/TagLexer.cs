using System.Globalization;
using System.Text;

namespace Gateway.Engine.ChatTemplates.Syntax;

/// <summary>Reads the tokens inside one tag. An end delimiter counts only outside brackets: <c>{{ {'a': {}} }}</c>.</summary>
internal sealed class TagLexer(SourceCursor source, List<Token> tokens)
{
    private static readonly string[] Symbols =
    [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "(", ")", "[", "]", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
    ];

    private readonly Stack<char> _open = new();

    public void ReadUntil(Func<bool> atEnd, string delimiter)
    {
        var line = source.Line;
        for (source.SkipWhitespace(); _open.Count > 0 || !atEnd(); source.SkipWhitespace())
        {
            if (source.AtEnd)
            {
                throw new ChatTemplateException(
                    _open.Count > 0 ? $"the tag that starts here has no '{_open.Peek()}'." : $"the tag that starts here has no '{delimiter}'.", line);
            }

            Read();
        }
    }

    private void Read()
    {
        var line = source.Line;
        var first = source.Current;
        if (first is '\'' or '"')
        {
            tokens.Add(new Token(TokenKind.String, ReadString(first, line), line));
        }
        else if (char.IsAsciiDigit(first))
        {
            ReadNumber(line);
        }
        else if (char.IsLetter(first) || first == '_')
        {
            tokens.Add(new Token(TokenKind.Name, source.TakeWhile(c => char.IsLetterOrDigit(c) || c == '_'), line));
        }
        else
        {
            var symbol = Array.Find(Symbols, source.At)
                ?? throw new ChatTemplateException($"the character '{first}' has no meaning here.", line);
            Balance(symbol, line);
            source.Skip(symbol.Length);
            tokens.Add(new Token(TokenKind.Symbol, symbol, line));
        }
    }

    private void Balance(string symbol, int line)
    {
        switch (symbol)
        {
            case "(":
                _open.Push(')');
                break;
            case "[":
                _open.Push(']');
                break;
            case "{":
                _open.Push('}');
                break;
            case ")" or "]" or "}" when !_open.TryPop(out var expected) || expected != symbol[0]:
                throw new ChatTemplateException(
                    expected == default ? $"'{symbol}' closes nothing." : $"'{symbol}' stands where '{expected}' is expected.", line);
        }
    }

    private void ReadNumber(int line)
    {
        if (source.Current == '0' && source.Peek(1) is 'x' or 'X' or 'o' or 'O' or 'b' or 'B')
        {
            throw new ChatTemplateException("numbers are written in decimal.", line);
        }

        var afterDot = tokens.Count > 0 && tokens[^1].IsSymbol(".");
        var number = new StringBuilder(Digits());
        var isFloat = false;
        if (!afterDot && source.Peek(0) == '.' && source.Peek(1) is { } decimalDigit && char.IsAsciiDigit(decimalDigit))
        {
            source.Skip(1);
            number.Append('.').Append(Digits());
            isFloat = true;
        }

        if (!afterDot && ExponentLength() is { } length and > 0)
        {
            number.Append(source.TakeTo(source.Position + length)).Append(Digits());
            isFloat = true;
        }

        tokens.Add(new Token(isFloat ? TokenKind.Float : TokenKind.Integer, number.ToString(), line));
    }

    private string Digits() => source.TakeWhile(c => char.IsAsciiDigit(c) || c == '_').Replace("_", "", StringComparison.Ordinal);

    /// <summary>The length of <c>e</c> and its sign when digits follow, else 0.</summary>
    private int ExponentLength()
    {
        var signed = source.Peek(1) is '+' or '-';
        var length = signed ? 2 : 1;
        return source.Peek(0) is 'e' or 'E' && source.Peek(length) is { } digit && char.IsAsciiDigit(digit) ? length : 0;
    }

    private string ReadString(char quote, int line)
    {
        source.Skip(1);
        var text = new StringBuilder();
        while (true)
        {
            text.Append(source.TakeWhile(c => c != quote && c != '\\'));
            if (source.AtEnd)
            {
                throw new ChatTemplateException("the string that starts here has no end.", line);
            }

            if (source.Current == quote)
            {
                source.Skip(1);
                return text.ToString();
            }

            source.Skip(1);
            if (!source.AtEnd)
            {
                ReadEscape(text, line);
            }
        }
    }

    /// <summary>With the cursor behind a backslash. As in Python, one that means nothing stays.</summary>
    private void ReadEscape(StringBuilder text, int line)
    {
        var escape = source.Current;
        source.Skip(1);
        var hexDigits = escape switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (hexDigits > 0)
        {
            text.Append(ReadCodePoint(hexDigits, line));
            return;
        }

        text.Append(escape switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'f' => "\f",
            'v' => "\v",
            'b' => "\b",
            'a' => "\a",
            '0' => "\0",
            '\n' => "",
            '\\' or '\'' or '"' => escape.ToString(),
            _ => $"\\{escape}",
        });
    }

    private string ReadCodePoint(int digits, int line)
    {
        var left = digits;
        var hex = source.TakeWhile(c => left-- > 0 && char.IsAsciiHexDigit(c));
        var isValid = hex.Length == digits
            & Rune.TryCreate(int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : -1, out var rune);
        return isValid ? rune.ToString() : throw new ChatTemplateException($"a character's code needs {digits} hexadecimal digits.", line);
    }
}
