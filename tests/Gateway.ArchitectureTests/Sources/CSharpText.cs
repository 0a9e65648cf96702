namespace Gateway.ArchitectureTests.Sources;

/// <summary>
/// C# source with comments, strings and characters blanked out, so that rules see code only. Lines stay where they are, and so does the
/// code in the holes of interpolated strings.
/// </summary>
internal sealed class CSharpText
{
    private readonly string _source;
    private readonly char[] _code;
    private int _at;

    private CSharpText(string source)
    {
        _source = source;
        _code = [.. source.Select(character => character == '\n' ? '\n' : ' ')];
    }

    public static string CodeOf(string source)
    {
        var text = new CSharpText(source);
        text.ReadCode(isHole: false);
        return new string(text._code);
    }

    private char Peek(int ahead = 0) => _at + ahead < _source.Length ? _source[_at + ahead] : '\0';

    private bool Is(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;

    private int Run(char character)
    {
        var length = 0;
        while (Peek(length) == character)
        {
            length++;
        }

        return length;
    }

    /// <summary>Up to the end, or in a hole of an interpolated string up to the brace that closes it.</summary>
    private void ReadCode(bool isHole)
    {
        var depth = 0;
        while (_at < _source.Length)
        {
            if (Is("//"))
            {
                SkipPast("\n");
            }
            else if (Is("/*"))
            {
                SkipPast("*/");
            }
            else if (Peek() == '\'')
            {
                SkipCharacter();
            }
            else if (StringStart() is var (prefix, dollars, isVerbatim))
            {
                _at += prefix;
                ReadString(dollars, isVerbatim);
            }
            else if (isHole && Peek() == '}' && depth == 0)
            {
                return;
            }
            else
            {
                depth += Peek() switch { '{' => 1, '}' => -1, _ => 0 };
                _code[_at] = _source[_at];
                _at++;
            }
        }
    }

    private void SkipPast(string end)
    {
        var found = _source.IndexOf(end, _at, StringComparison.Ordinal);
        _at = found < 0 ? _source.Length : found + end.Length;
    }

    private void SkipCharacter()
    {
        for (_at++; _at < _source.Length && Peek() is not ('\'' or '\n'); _at++)
        {
            _at += Peek() == '\\' ? 1 : 0;
        }

        _at++;
    }

    private (int Prefix, int Dollars, bool IsVerbatim)? StringStart()
    {
        var prefix = 0;
        while (Peek(prefix) is '$' or '@')
        {
            prefix++;
        }

        var marks = _source.AsSpan(_at, prefix);
        return Peek(prefix) == '"' ? (prefix, marks.Count('$'), marks.Contains('@')) : null;
    }

    private void ReadString(int dollars, bool isVerbatim)
    {
        var quotes = Run('"');
        if (!isVerbatim && quotes == 2)
        {
            _at += 2;
        }
        else if (!isVerbatim && quotes > 2)
        {
            _at += quotes;
            ReadRawString(quotes, dollars);
        }
        else
        {
            _at++;
            ReadQuotedString(dollars > 0, isVerbatim);
        }
    }

    private void ReadRawString(int quotes, int dollars)
    {
        while (_at < _source.Length)
        {
            if (Run('"') is var run and > 0)
            {
                _at += run;
                if (run >= quotes)
                {
                    return;
                }
            }
            else if (dollars > 0 && Run('{') >= dollars)
            {
                ReadHole(Run('{'), dollars);
            }
            else
            {
                _at++;
            }
        }
    }

    private void ReadQuotedString(bool isInterpolated, bool isVerbatim)
    {
        while (_at < _source.Length)
        {
            if ((Peek() == '\\' && !isVerbatim) || (Is("\"\"") && isVerbatim) || (Is("{{") && isInterpolated))
            {
                _at += 2;
            }
            else if (Peek() == '{' && isInterpolated)
            {
                ReadHole(1, 1);
            }
            else if (_source[_at++] == '"')
            {
                return;
            }
        }
    }

    private void ReadHole(int opening, int closing)
    {
        _at += opening;
        ReadCode(isHole: true);
        _at += closing;
    }
}
