namespace Gateway.Routing;

/// <summary>
/// The buckets of <see cref="LatencySketch"/>: DDSketch's (Masson, Rim, Lee: "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
/// Relative-Error Guarantees", 2019). Bounds grow by a constant factor, so that every value of a bucket lies within 2 % of the one that
/// stands for it. Values up to 100 µs share the first bucket, values above 1 h are taken for 1 h.
/// </summary>
internal static class LatencyBuckets
{
    /// <summary>The largest relative error of a quantile between 100 µs and 1 h.</summary>
    public const double RelativeError = 0.02;

    /// <summary>100 µs.</summary>
    public const long MinTicks = TimeSpan.TicksPerMillisecond / 10;

    /// <summary>1 h.</summary>
    public const long MaxTicks = TimeSpan.TicksPerHour;

    private const double Growth = (1 + RelativeError) / (1 - RelativeError);

    private static readonly double InverseLogGrowth = 1 / Math.Log(Growth);
    private static readonly double[] Representatives = MakeRepresentatives();

    public static int Count => Representatives.Length;

    /// <param name="ticks">From 0 to <see cref="MaxTicks"/>.</param>
    public static int Of(long ticks) => ticks <= MinTicks ? 0 : (int)Math.Ceiling(Math.Log((double)ticks / MinTicks) * InverseLogGrowth);

    /// <summary>The value that stands for a bucket, in ticks.</summary>
    public static double Representative(int bucket) => Representatives[bucket];

    /// <summary>By repeated multiplication, which gives the same bits on every processor; a library's power function need not.</summary>
    private static double[] MakeRepresentatives()
    {
        var representatives = new double[Of(MaxTicks) + 1];
        double upper = MinTicks;
        for (int bucket = 0; bucket < representatives.Length; bucket++)
        {
            representatives[bucket] = upper * 2 / (Growth + 1);
            upper *= Growth;
        }

        return representatives;
    }
}
