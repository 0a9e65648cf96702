using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.Automata;

/// <summary>Sets of characters as ranges of bytes in UTF-8 (RFC 3629), which has no surrogates.</summary>
internal static class Utf8Ranges
{
    // The last code point of each length, and the surrogates in between.
    private static readonly (int First, int Last)[] Lengths = [(0, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)];

    /// <summary>Sequences of byte ranges; a character is in the set when its bytes lie in the ranges of one of them, one by one.</summary>
    public static IEnumerable<(byte First, byte Last)[]> Of(CodePointSet set)
    {
        foreach (var (first, last) in set.Ranges)
        {
            foreach (var length in Lengths)
            {
                var (low, high) = (Math.Max(first, length.First), Math.Min(last, length.Last));
                if (low <= high)
                {
                    foreach (var sequence in Split(low, high, Encode(low).Length))
                    {
                        yield return sequence;
                    }
                }
            }
        }
    }

    /// <summary>Splits where the ranges of trailing bytes would not be whole.</summary>
    private static IEnumerable<(byte First, byte Last)[]> Split(int first, int last, int length)
    {
        for (var trailing = 1; trailing < length; trailing++)
        {
            var mask = (1 << (6 * trailing)) - 1;
            if ((first & ~mask) == (last & ~mask))
            {
                continue;
            }

            if ((first & mask) != 0)
            {
                return [.. Split(first, first | mask, length), .. Split((first | mask) + 1, last, length)];
            }

            if ((last & mask) != mask)
            {
                return [.. Split(first, (last & ~mask) - 1, length), .. Split(last & ~mask, last, length)];
            }
        }

        return [[.. Encode(first).Zip(Encode(last))]];
    }

    private static byte[] Encode(int codePoint) => codePoint switch
    {
        < 0x80 => [(byte)codePoint],
        < 0x800 => [(byte)(0xC0 | codePoint >> 6), Trailing(codePoint)],
        < 0x10000 => [(byte)(0xE0 | codePoint >> 12), Trailing(codePoint >> 6), Trailing(codePoint)],
        _ => [(byte)(0xF0 | codePoint >> 18), Trailing(codePoint >> 12), Trailing(codePoint >> 6), Trailing(codePoint)],
    };

    private static byte Trailing(int bits) => (byte)(0x80 | (bits & 0x3F));
}
