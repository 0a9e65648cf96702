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

    /// <summary>The end of the first bucket, in µs.</summary>
    public const long Min = 100;

    /// <summary>1 h, in µs.</summary>
    public const long Max = TimeSpan.TicksPerHour / TimeSpan.TicksPerMicrosecond;

    private const double Growth = (1 + RelativeError) / (1 - RelativeError);

    private static readonly double InverseLogGrowth = 1 / Math.Log(Growth);
    private static readonly double[] Representatives = MakeRepresentatives();

    public static int Count => Representatives.Length;

    /// <summary>A latency in whole µs, cut off at 0 and <see cref="Max"/>.</summary>
    public static long Microseconds(TimeSpan latency) => Math.Clamp(latency.Ticks / TimeSpan.TicksPerMicrosecond, 0, Max);

    /// <param name="microseconds">From 0 to <see cref="Max"/>.</param>
    public static int Of(long microseconds) =>
        microseconds <= Min ? 0 : (int)Math.Ceiling(Math.Log((double)microseconds / Min) * InverseLogGrowth);

    /// <summary>The value that stands for a bucket, in µs.</summary>
    public static double Representative(int bucket) => Representatives[bucket];

    /// <summary>By repeated multiplication, which gives the same bits on every processor; a library's power function need not.</summary>
    private static double[] MakeRepresentatives()
    {
        var representatives = new double[Of(Max) + 1];
        double upper = Min;
        for (int bucket = 0; bucket < representatives.Length; bucket++)
        {
            representatives[bucket] = upper * 2 / (Growth + 1);
            upper *= Growth;
        }

        return representatives;
    }
}
