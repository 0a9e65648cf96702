using System.Runtime.Intrinsics;

namespace Gateway.Routing;

/// <summary>Which of up to 64 bytes belong to which class, one bit for a byte; bit 0 is the first.</summary>
internal readonly record struct ByteClasses
{
    public const int BlockLength = 64;

    public ulong Letters { get; init; }

    public ulong Capitals { get; init; }

    /// <summary>j, k and z.</summary>
    public ulong RareLetters { get; init; }

    /// <summary>a, i and o.</summary>
    public ulong OpenLetters { get; init; }

    public ulong Digits { get; init; }

    /// <summary>Spaces and tabs.</summary>
    public ulong Spaces { get; init; }

    /// <summary>Carriage returns and line feeds.</summary>
    public ulong Breaks { get; init; }

    /// <summary>All other ASCII.</summary>
    public ulong Symbols { get; init; }

    /// <summary>Not ASCII.</summary>
    public ulong Foreign { get; init; }

    /// <summary>The first bytes of the next block that belong to a Latin letter which begins in this one.</summary>
    public ulong LatinOverflow { get; init; }

    /// <param name="block">The first 64 bytes of the text; zeros where it has fewer.</param>
    public static ByteClasses Of(Vector512<byte> block, ReadOnlySpan<byte> text)
    {
        var valid = text.Length >= BlockLength ? ulong.MaxValue : (1UL << text.Length) - 1;
        var small = block | Vector512.Create((byte)0x20);
        var letters = InRange(small, 'a', 'z');
        var digits = InRange(block, '0', '9');
        var spaces = AnyOf(block, ' ', '\t', ' ');
        var breaks = AnyOf(block, '\n', '\r', '\n');
        var foreign = block.ExtractMostSignificantBits();
        return new ByteClasses
        {
            Letters = letters,
            Capitals = InRange(block, 'A', 'Z'),
            RareLetters = AnyOf(small, 'j', 'k', 'z'),
            OpenLetters = AnyOf(small, 'a', 'i', 'o'),
            Digits = digits,
            Spaces = spaces,
            Breaks = breaks,
            Foreign = foreign,
            Symbols = valid & ~(letters | digits | spaces | breaks | foreign),
        };
    }

    private static ulong InRange(Vector512<byte> block, char first, char last) =>
        Vector512.LessThanOrEqual(block - Vector512.Create((byte)first), Vector512.Create((byte)(last - first))).ExtractMostSignificantBits();

    private static ulong AnyOf(Vector512<byte> block, char first, char second, char third) =>
        (Vector512.Equals(block, Vector512.Create((byte)first))
            | Vector512.Equals(block, Vector512.Create((byte)second))
            | Vector512.Equals(block, Vector512.Create((byte)third))).ExtractMostSignificantBits();
}
