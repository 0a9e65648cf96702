namespace Gateway.Routing;

/// <summary>
/// The distribution of a latency: quantiles within 2 % between 100 µs and 1 h, of calls whose weight falls with their age. Immutable.
/// </summary>
public sealed class LatencySketch : IEquatable<LatencySketch>
{
    private readonly int _firstBucket;
    private readonly long[] _cumulative;
    private readonly Int128 _sum;
    private readonly long _min;
    private readonly long _max;

    /// <param name="weights">By bucket, in units of <see cref="TimeSlice.One"/>; at least one above 0.</param>
    /// <param name="sum">The values in µs times their weights.</param>
    /// <param name="min">In µs.</param>
    /// <param name="max">In µs.</param>
    internal LatencySketch(ReadOnlySpan<long> weights, Int128 sum, long min, long max)
    {
        _firstBucket = weights.IndexOfAnyExcept(0);
        _cumulative = weights[_firstBucket..(weights.LastIndexOfAnyExcept(0) + 1)].ToArray();
        for (int i = 1; i < _cumulative.Length; i++)
        {
            _cumulative[i] += _cumulative[i - 1];
        }

        (_sum, _min, _max) = (sum, min, max);
    }

    /// <summary>How many values it stands for, decayed; above 0.</summary>
    public double Count => (double)Total / TimeSlice.One;

    /// <summary>Seconds; exact.</summary>
    public double Mean => (double)_sum / Total / TimeSpan.MicrosecondsPerSecond;

    private long Total => _cumulative[^1];

    /// <summary>A sketch of these values; at least one.</summary>
    public static LatencySketch Of(params IEnumerable<double> seconds)
    {
        var merged = new MergedLatency();
        foreach (double value in seconds)
        {
            var counts = new LatencyCounts();
            counts.Add(TimeSpan.FromSeconds(Math.Clamp(value, 0, LatencyBuckets.Max / (double)TimeSpan.MicrosecondsPerSecond)));
            merged.Add(counts, TimeSlice.One);
        }

        return merged.ToSketch() ?? throw new ArgumentException("A sketch needs at least one value.", nameof(seconds));
    }

    /// <summary>The value that a share of <paramref name="q"/> (0 to 1) does not exceed, in seconds.</summary>
    public double Quantile(double q)
    {
        double rank = Math.Clamp(q, 0, 1) * Total;
        int low = 0, high = _cumulative.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _cumulative[middle] >= rank ? (low, middle) : (middle + 1, high);
        }

        return Math.Clamp(LatencyBuckets.Representative(_firstBucket + low), _min, _max) / TimeSpan.MicrosecondsPerSecond;
    }

    public bool Equals(LatencySketch? other) =>
        other is not null
        && (_firstBucket, _sum, _min, _max) == (other._firstBucket, other._sum, other._min, other._max)
        && _cumulative.AsSpan().SequenceEqual(other._cumulative);

    public override bool Equals(object? obj) => Equals(obj as LatencySketch);

    public override int GetHashCode() => HashCode.Combine(_firstBucket, _sum, _min, _max, Total);
}
