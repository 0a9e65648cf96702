using System.Globalization;
using System.Text;

namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>The characters of a regular expression, and the escapes that parser and character classes have in common.</summary>
internal sealed class PatternReader(string source)
{
    private readonly int[] _characters = [.. source.EnumerateRunes().Select(rune => rune.Value)];

    public int Position { get; private set; }

    public bool AtEnd => Position == _characters.Length;

    /// <summary>The next character; -1 at the end.</summary>
    public int Peek(int ahead = 0) => Position + ahead < _characters.Length ? _characters[Position + ahead] : -1;

    public int Read() => AtEnd ? throw Error("the expression ends too early") : _characters[Position++];

    public bool TryRead(string expected)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (Peek(i) != expected[i])
            {
                return false;
            }
        }

        Position += expected.Length;
        return true;
    }

    public void Expect(string expected)
    {
        if (!TryRead(expected))
        {
            throw Error($"'{expected}' is missing");
        }
    }

    public PatternSyntaxException Error(string problem) => new(problem, Position);

    /// <summary>A decimal number, or null when there is none.</summary>
    public int? TryReadNumber(int max)
    {
        var start = Position;
        var value = 0L;
        for (; Peek() is >= '0' and <= '9'; Position++)
        {
            value = Math.Min(max + 1L, (value * 10) + Peek() - '0');
        }

        return Position == start ? null : value <= max ? (int)value : throw Error($"a number above {max} is not supported");
    }

    /// <summary>After a backslash: the set that <c>\s</c>, <c>\d</c>, <c>\w</c>, <c>\p{…}</c> or their opposites mean; null when it is none of them.</summary>
    public CodePointSet? TryReadClassEscape()
    {
        CodePointSet? set = Peek() switch
        {
            's' => UnicodeClasses.WhiteSpace,
            'S' => UnicodeClasses.WhiteSpace.Complement(),
            'd' => UnicodeClasses.Digit,
            'D' => UnicodeClasses.Digit.Complement(),
            'w' => UnicodeClasses.Word,
            'W' => UnicodeClasses.Word.Complement(),
            _ => null,
        };
        if (set is not null)
        {
            Position++;
            return set;
        }

        return Peek() is 'p' or 'P' ? ReadProperty(negated: Read() == 'P') : null;
    }

    /// <summary>After a backslash: the one character that the escape stands for.</summary>
    public int ReadCharacterEscape()
    {
        var letter = Read();
        switch (letter)
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'r': return '\r';
            case 'f': return '\f';
            case 'v': return '\v';
            case 'a': return '\a';
            case 'e': return 0x1B;
            case 'u': return ReadHex(4);
            case 'x' when TryRead("{"):
                var digits = ReadUntil('}');
                return ParseHex(digits);
            case 'x': return ReadHex(2);
            case >= '0' and <= '9' or >= 'a' and <= 'z' or >= 'A' and <= 'Z':
                throw Error($"the escape \\{(char)letter} is not supported");
            default: return letter;
        }
    }

    private CodePointSet ReadProperty(bool negated)
    {
        string name;
        if (TryRead("{"))
        {
            negated ^= TryRead("^");
            name = ReadUntil('}');
        }
        else
        {
            name = char.ConvertFromUtf32(Read());
        }

        var set = UnicodeClasses.Find(name) ?? throw Error($"the property '{name}' is not supported; known are general categories, Any and Han");
        return negated ? set.Complement() : set;
    }

    private string ReadUntil(char end)
    {
        StringBuilder text = new();
        for (var c = Read(); c != end; c = Read())
        {
            text.Append(new Rune(c));
        }

        return text.ToString();
    }

    private int ReadHex(int count)
    {
        StringBuilder digits = new();
        while (digits.Length < count && Peek() is >= 0 and < 128 && char.IsAsciiHexDigit((char)Peek()))
        {
            digits.Append((char)Read());
        }

        return digits.Length == count ? ParseHex(digits.ToString()) : throw Error($"{count} hexadecimal digits are needed here");
    }

    private int ParseHex(string digits) =>
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 0x10FFFF
            ? value
            : throw Error($"'{digits}' is no code point");
}
