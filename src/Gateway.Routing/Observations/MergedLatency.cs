namespace Gateway.Routing;

/// <summary>A <see cref="LatencySketch"/> while slices are added to it.</summary>
internal sealed class MergedLatency
{
    private long[]? _weights;
    private Int128 _sum;
    private long _min = long.MaxValue;
    private long _max;

    /// <param name="weight">By <see cref="TimeSlice.Weight"/>; above 0.</param>
    public void Add(LatencySlice slice, long weight)
    {
        if (slice.Buckets.Count == 0)
        {
            return;
        }

        _weights ??= new long[LatencyBuckets.Count];
        foreach (var (bucket, count) in slice.Buckets)
        {
            _weights[bucket] += count * weight;
        }

        _sum += (Int128)slice.Sum * weight;
        _min = Math.Min(_min, slice.Min);
        _max = Math.Max(_max, slice.Max);
    }

    /// <returns>Null when there is no value.</returns>
    public LatencySketch? ToSketch() => _weights is null ? null : new LatencySketch(_weights, _sum, _min, Math.Max(_min, _max));
}
