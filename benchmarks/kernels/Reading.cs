using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Benchmarks.Kernels;

/// <summary>Reads memory and does next to nothing with it, in four distant places at once, which is as fast as this can be done.</summary>
internal sealed class Reading : ITeamWork
{
    private const int PieceInts = 1 << 22;

    private readonly int[][] _pieces;

    public Reading(long bytes) => _pieces =
        [.. Enumerable.Range(0, (int)(bytes / PieceInts / sizeof(int))).Select(_ => Enumerable.Repeat(1, PieceInts).ToArray())];

    public int Pieces => _pieces.Length;

    public long Bytes => (long)Pieces * PieceInts * sizeof(int);

    /// <summary>So that the reading cannot be left out.</summary>
    public int Sum { get; private set; }

    public void Run(int from, int to)
    {
        Vector512<int> a = default, b = default, c = default, d = default;
        for (var piece = from; piece < to; piece++)
        {
            var ints = _pieces[piece];
            const int Quarter = PieceInts / 4;
            for (nuint i = 0; i < Quarter; i += (nuint)Vector512<int>.Count)
            {
                a ^= Vector512.LoadUnsafe(ref ints[0], i);
                b ^= Vector512.LoadUnsafe(ref ints[0], i + Quarter);
                c ^= Vector512.LoadUnsafe(ref ints[0], i + (2 * Quarter));
                d ^= Vector512.LoadUnsafe(ref ints[0], i + (3 * Quarter));
            }
        }

        Sum += Vector512.Sum(a ^ b ^ c ^ d);
    }
}
