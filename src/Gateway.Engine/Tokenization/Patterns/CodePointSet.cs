using System.Text;

namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>
/// An immutable set of Unicode code points, kept as an inversion list: membership toggles at each boundary
/// (Unicode Standard Annex 44; ICU's UnicodeSet does the same). The basic plane has a bitmap beside it, because tokenizers ask it
/// for nearly every character of a text.
/// </summary>
internal sealed class CodePointSet
{
    private const int Limit = 0x110000;
    private const int BasicPlane = 0x10000;

    private readonly int[] _boundaries;
    private ulong[]? _basicPlane;

    private CodePointSet(int[] boundaries) => _boundaries = boundaries;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([0, Limit]);

    public bool IsEmpty => _boundaries.Length == 0;

    /// <summary>The maximal ranges of the set, ascending, ends included.</summary>
    public IEnumerable<(int First, int Last)> Ranges
    {
        get
        {
            for (var i = 0; i < _boundaries.Length; i += 2)
            {
                yield return (_boundaries[i], _boundaries[i + 1] - 1);
            }
        }
    }

    public static CodePointSet Of(int codePoint) => new([codePoint, codePoint + 1]);

    public static CodePointSet Range(int first, int last) => new([first, last + 1]);

    /// <summary>The union of ranges in any order, ends included; they may overlap.</summary>
    public static CodePointSet FromRanges(IEnumerable<(int First, int Last)> ranges)
    {
        List<int> boundaries = [];
        foreach (var (first, last) in ranges.OrderBy(range => range.First))
        {
            if (boundaries.Count > 0 && first <= boundaries[^1])
            {
                boundaries[^1] = Math.Max(boundaries[^1], last + 1);
            }
            else
            {
                boundaries.Add(first);
                boundaries.Add(last + 1);
            }
        }

        return new CodePointSet([.. boundaries]);
    }

    public static CodePointSet Union(IEnumerable<CodePointSet> sets) => FromRanges(sets.SelectMany(set => set.Ranges));

    public CodePointSet Union(CodePointSet other) => Union([this, other]);

    public CodePointSet Intersect(CodePointSet other) => Complement().Union(other.Complement()).Complement();

    public CodePointSet Complement()
    {
        List<int> toggled = [.. _boundaries];
        if (!toggled.Remove(0))
        {
            toggled.Insert(0, 0);
        }

        if (!toggled.Remove(Limit))
        {
            toggled.Add(Limit);
        }

        return new CodePointSet([.. toggled]);
    }

    /// <summary>The set together with every character that differs from one of its members only by case.</summary>
    public CodePointSet IgnoreCase() => CaseFolding.Close(this);

    public bool Contains(int codePoint) =>
        codePoint < BasicPlane ? (BasicPlaneBits[codePoint >> 6] >> codePoint & 1) != 0 : Search(codePoint);

    /// <summary>The UTF-16 length of the member that <paramref name="text"/> has at <paramref name="position"/>; 0 when there is none.</summary>
    /// <remarks>The text must be well-formed UTF-16.</remarks>
    public int MatchLength(ReadOnlySpan<char> text, int position)
    {
        var unit = text[position];
        return char.IsHighSurrogate(unit)
            ? Search(char.ConvertToUtf32(unit, text[position + 1])) ? 2 : 0
            : (int)(BasicPlaneBits[unit >> 6] >> unit & 1);
    }

    public override string ToString()
    {
        StringBuilder text = new();
        foreach (var (first, last) in Ranges)
        {
            text.Append(first == last ? $"{first:X} " : $"{first:X}-{last:X} ");
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The bits of U+0000 to U+FFFF, 64 in a word. Built when first asked for; two threads that race build the same bits.</summary>
    private ulong[] BasicPlaneBits => _basicPlane ??= BuildBasicPlane(_boundaries);

    private static ulong[] BuildBasicPlane(int[] boundaries)
    {
        var bits = new ulong[BasicPlane / 64];
        for (var i = 0; i < boundaries.Length && boundaries[i] < BasicPlane; i += 2)
        {
            for (var c = boundaries[i]; c < Math.Min(boundaries[i + 1], BasicPlane); c++)
            {
                bits[c >> 6] |= 1UL << c;
            }
        }

        return bits;
    }

    private bool Search(int codePoint)
    {
        var index = Array.BinarySearch(_boundaries, codePoint);
        return ((index >= 0 ? index : ~index - 1) & 1) == 0;
    }
}
