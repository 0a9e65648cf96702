using System.Globalization;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.Regex;

/// <summary>What stands behind a backslash in an expression of ECMA-262, section 22.2.1.</summary>
internal static class EcmaEscapes
{
    private static readonly CodePointSet Digits = CodePointSet.Range('0', '9');

    private static readonly CodePointSet WordCharacters = CodePointSet.FromRanges([('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]);

    /// <summary>WhiteSpace and LineTerminator of sections 12.2 and 12.3.</summary>
    private static readonly CodePointSet WhiteSpace = CodePointSet.FromRanges(
    [
        (0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F),
        (0x3000, 0x3000), (0xFEFF, 0xFEFF),
    ]);

    /// <summary>What <c>.</c> matches: all but line terminators.</summary>
    public static CodePointSet Dot { get; } = CodePointSet.FromRanges([('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029)]).Complement();

    /// <summary>A set that an escape names; null when the next escape names none.</summary>
    public static CodePointSet? TryReadSet(PatternReader reader)
    {
        var letter = reader.Peek();
        var set = letter switch
        {
            'd' or 'D' => Digits,
            'w' or 'W' => WordCharacters,
            's' or 'S' => WhiteSpace,
            'p' or 'P' => CodePointSet.Empty,
            _ => null,
        };
        if (set is null)
        {
            return null;
        }

        reader.Read();
        set = letter is 'p' or 'P' ? ReadProperty(reader) : set;
        return letter is 'D' or 'W' or 'S' or 'P' ? set.Complement() : set;
    }

    /// <summary>The one character that an escape stands for.</summary>
    public static int ReadCharacter(PatternReader reader)
    {
        var letter = reader.Read();
        switch (letter)
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'r': return '\r';
            case 'f': return '\f';
            case 'v': return '\v';
            case '0' when reader.Peek() is not (>= '0' and <= '9'): return '\0';
            case 'x': return ReadHex(reader, 2);
            case 'u': return ReadUnicode(reader);
            case 'c' when reader.Peek() is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'): return reader.Read() % 32;
            case 'k' or (>= '0' and <= '9'): throw reader.Error("back references are not supported: no automaton can remember what a group matched");
            case (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'): throw reader.Error($"the escape \\{(char)letter} is not supported");
            default: return letter;
        }
    }

    private static CodePointSet ReadProperty(PatternReader reader)
    {
        reader.Expect("{");
        var name = "";
        for (var c = reader.Read(); c != '}'; c = reader.Read())
        {
            name += char.ConvertFromUtf32(c);
        }

        foreach (var key in (ReadOnlySpan<string>)["General_Category=", "gc=", "Script=", "sc="])
        {
            name = name.StartsWith(key, StringComparison.Ordinal) ? name[key.Length..] : name;
        }

        return UnicodeClasses.Find(name) ?? throw reader.Error($"the property '{name}' is not supported; known are general categories such as L or Nd, Any and Han");
    }

    private static int ReadUnicode(PatternReader reader)
    {
        if (reader.TryRead("{"))
        {
            var digits = "";
            for (var c = reader.Read(); c != '}'; c = reader.Read())
            {
                digits += char.ConvertFromUtf32(c);
            }

            return int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 0x10FFFF
                ? value
                : throw reader.Error($"'{digits}' is no code point");
        }

        var unit = ReadHex(reader, 4);
        return unit is >= 0xD800 and <= 0xDBFF && reader.TryRead("\\u") ? char.ConvertToUtf32((char)unit, ReadLowSurrogate(reader)) : unit;
    }

    private static char ReadLowSurrogate(PatternReader reader)
    {
        var unit = ReadHex(reader, 4);
        return unit is >= 0xDC00 and <= 0xDFFF ? (char)unit : throw reader.Error("a low surrogate is missing behind a high one");
    }

    private static int ReadHex(PatternReader reader, int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++)
        {
            var digit = reader.Read();
            if (digit >= 128 || !char.IsAsciiHexDigit((char)digit))
            {
                throw reader.Error($"{count} hexadecimal digits are needed here");
            }

            value = (value * 16) + Convert.ToInt32(((char)digit).ToString(), 16);
        }

        return value;
    }
}
