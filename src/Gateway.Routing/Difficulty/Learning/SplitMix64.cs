namespace Gateway.Routing.Difficulty.Learning;

/// <summary>A small generator whose sequence is the same on every platform and runtime (Steele, Lea and Flood 2014).</summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong value = _state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Shuffles in place (Fisher and Yates). The bias of the remainder is below 2⁻⁴⁰ for fewer than 2²⁴ items.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = (int)(Next() % (ulong)(i + 1));
            (items[i], items[other]) = (items[other], items[i]);
        }
    }
}
