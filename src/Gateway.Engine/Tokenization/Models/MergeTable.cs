namespace Gateway.Engine.Tokenization.Models;

/// <summary>
/// Which pairs of tokens merge, into what, and in which order. An open hash table with linear probing: one look-up takes a few
/// nanoseconds, and a text asks about once per byte.
/// </summary>
internal sealed class MergeTable
{
    private const ulong Free = ulong.MaxValue;

    private readonly ulong[] _pairs;
    private readonly Merge[] _merges;
    private readonly int _shift;

    public MergeTable(IReadOnlyDictionary<(int Left, int Right), Merge> merges)
    {
        var bits = 4;
        while (1L << bits < merges.Count * 2L)
        {
            bits++;
        }

        _shift = 64 - bits;
        _pairs = new ulong[1 << bits];
        _merges = new Merge[1 << bits];
        Array.Fill(_pairs, Free);
        foreach (var ((left, right), merge) in merges)
        {
            var pair = Pack(left, right);
            var slot = Home(pair);
            while (_pairs[slot] != Free)
            {
                slot = Next(slot);
            }

            (_pairs[slot], _merges[slot]) = (pair, merge);
        }
    }

    /// <summary><see cref="Merge.None"/> when the two do not merge.</summary>
    public Merge Find(int left, int right)
    {
        var pair = Pack(left, right);
        for (var slot = Home(pair); _pairs[slot] != Free; slot = Next(slot))
        {
            if (_pairs[slot] == pair)
            {
                return _merges[slot];
            }
        }

        return Merge.None;
    }

    private static ulong Pack(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>Fibonacci hashing: the high bits of a product with 2⁶⁴ divided by the golden ratio.</summary>
    private int Home(ulong pair) => (int)((pair * 0x9E3779B97F4A7C15UL) >> _shift);

    private int Next(int slot) => (slot + 1) & (_pairs.Length - 1);
}

/// <param name="Rank">Place in the list of merges; the lowest goes first.</param>
/// <param name="Id">The token that the two become.</param>
internal readonly record struct Merge(int Rank, int Id)
{
    public static Merge None { get; } = new(int.MaxValue, -1);
}
