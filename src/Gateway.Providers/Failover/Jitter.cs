namespace Gateway.Providers.Failover;

/// <summary>Even chance for pauses, from a seed. Safe for concurrent use.</summary>
/// <param name="seed">The same seed draws the same numbers.</param>
public sealed class Jitter(ulong seed)
{
    private ulong _state = seed;

    /// <summary>From 0 up to, but without, 1. SplitMix64 (Steele, Lea, Flood 2014): the state is a counter, so threads need no lock.</summary>
    public double Next()
    {
        var value = Interlocked.Add(ref _state, 0x9E3779B97F4A7C15);
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return ((value ^ (value >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
