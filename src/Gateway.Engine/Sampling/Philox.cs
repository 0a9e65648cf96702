namespace Gateway.Engine.Sampling;

/// <summary>
/// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a random number that is a function of a key
/// and a counter, with no state in between. So the draw at a position depends on nothing that other requests do.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;
    private const uint MultiplierA = 0xD251_1F53;
    private const uint MultiplierB = 0xCD9E_8D57;
    private const uint WeylA = 0x9E37_79B9;
    private const uint WeylB = 0xBB67_AE85;

    /// <summary>A number in [0, 1) of 53 bits, for that seed and place.</summary>
    public static double NextDouble(long seed, long counter)
    {
        var (x0, x1, _, _) = Block((uint)counter, (uint)(counter >>> 32), 0, 0, (uint)seed, (uint)(seed >>> 32));
        return ((((ulong)x1 << 32) | x0) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>One block of the generator: a counter of four words, encrypted under a key of two.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint keyA, uint keyB)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (a, b) = ((ulong)MultiplierA * c0, (ulong)MultiplierB * c2);
            (c0, c1, c2, c3) = ((uint)(b >> 32) ^ c1 ^ keyA, (uint)b, (uint)(a >> 32) ^ c3 ^ keyB, (uint)a);
            keyA += WeylA;
            keyB += WeylB;
        }

        return (c0, c1, c2, c3);
    }
}
