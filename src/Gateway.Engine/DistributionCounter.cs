using System.Collections.Immutable;

namespace Gateway.Engine;

/// <summary>Counts values into buckets without allocating. Not safe for concurrent use.</summary>
/// <param name="bounds">Upper bounds, inclusive and ascending.</param>
internal sealed class DistributionCounter(ImmutableArray<double> bounds)
{
    /// <summary>Seconds, from half a millisecond to two minutes in steps of about two: queues, first tokens and gaps alike.</summary>
    public static readonly ImmutableArray<double> Seconds =
        [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120];

    /// <summary>Requests, to the most that may run at the same time.</summary>
    public static readonly ImmutableArray<double> Requests = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public void Add(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        _counts[bucket]++;
        _sum += value;
    }

    public Distribution Snapshot() => new(bounds, [.. _counts], _sum);
}
