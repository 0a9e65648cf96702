namespace Gateway.Routing;

/// <summary>
/// Time in slices of 10 seconds, numbered by Unix time. The newest 30 count (5 minutes), each by 0.5 to the power of its age over 60
/// seconds. Weights are integers: sums of them are the same in whatever order they are added and however they are grouped, so that replicas
/// that merge the same exports get the same bits.
/// </summary>
internal static class TimeSlice
{
    /// <summary>How many slices count.</summary>
    public const int Window = 30;

    /// <summary>The weight of what is new.</summary>
    public const long One = 1L << 16;

    /// <summary>Slices ahead of the clock that count as new: another replica's clock may be ahead by half a minute.</summary>
    private const int MaxAhead = 3;

    private const int Seconds = 10;
    private const int SlicesPerHalfLife = 6;

    /// <summary>Clocks that differ by more than this are not set; what lies further ahead is no observation.</summary>
    public static TimeSpan MaxClockDifference { get; } = TimeSpan.FromSeconds(MaxAhead * Seconds);

    /// <summary><see cref="One"/> times 0.5 to the power of 0/6 to 5/6.</summary>
    private static ReadOnlySpan<long> WithinHalfLife => [65_536, 58_386, 52_016, 46_341, 41_285, 36_781];

    public static long Of(DateTimeOffset time) => (long)Math.Floor((double)time.ToUnixTimeSeconds() / Seconds);

    /// <summary>What values of a slice weigh, in units of <see cref="One"/>; 0 when it is too old, or ahead of the clock.</summary>
    /// <param name="slice">The slice of the values.</param>
    /// <param name="now">The slice of this moment.</param>
    public static long Weight(long slice, long now)
    {
        // Of numbers as far apart as damaged bytes can make them; the difference must not overflow.
        if (slice > now + MaxAhead || slice <= now - Window)
        {
            return 0;
        }

        int age = (int)Math.Max(0, now - slice);
        return WithinHalfLife[age % SlicesPerHalfLife] >> (age / SlicesPerHalfLife);
    }

    /// <summary>A weighted sum, of which the newest weighed <see cref="One"/>, when the newest weighs this much.</summary>
    public static long Rescale(long sum, long weight) => weight == One ? sum : (long)((Int128)sum * weight / One);
}
