namespace Gateway.Routing;

/// <summary>Latencies of several time slices, or of several replicas, while they are added up.</summary>
internal sealed class MergedLatency
{
    private long[]? _weights;
    private Int128 _sum;
    private long _min = long.MaxValue;
    private long _max;

    /// <param name="weight">By <see cref="TimeSlice.Weight"/>; above 0.</param>
    public void Add(LatencyCounts counts, long weight)
    {
        if (counts.IsEmpty)
        {
            return;
        }

        _weights ??= new long[LatencyBuckets.Count];
        for (int bucket = LatencyBuckets.Of(counts.Min); bucket <= LatencyBuckets.Of(counts.Max); bucket++)
        {
            _weights[bucket] += counts.Buckets[bucket] * weight;
        }

        AddValues((Int128)counts.Sum * weight, counts.Min, counts.Max);
    }

    /// <param name="weight">By <see cref="TimeSlice.Weight"/> of the slice in which it was exported; above 0.</param>
    public void Add(LatencyExport export, long weight)
    {
        if (export.Buckets.Count == 0)
        {
            return;
        }

        _weights ??= new long[LatencyBuckets.Count];
        foreach (var (bucket, sum) in export.Buckets)
        {
            _weights[bucket] += TimeSlice.Rescale(sum, weight);
        }

        AddValues(TimeSlice.Rescale(export.Sum, weight), export.Min, export.Max);
    }

    public LatencyExport ToExport()
    {
        if (_weights is null)
        {
            return LatencyExport.Empty;
        }

        List<(int Bucket, long Weight)> buckets = [];
        for (int bucket = LatencyBuckets.Of(_min); bucket <= LatencyBuckets.Of(_max); bucket++)
        {
            if (_weights[bucket] > 0)
            {
                buckets.Add((bucket, _weights[bucket]));
            }
        }

        return new LatencyExport(buckets, (long)_sum, _min, _max);
    }

    /// <returns>Null when there is no value, or none that still weighs anything.</returns>
    public LatencySketch? ToSketch() =>
        _weights is null || !_weights.AsSpan().ContainsAnyExcept(0) ? null : new LatencySketch(_weights, _sum, _min, Math.Max(_min, _max));

    private void AddValues(Int128 sum, long min, long max)
    {
        _sum += sum;
        _min = Math.Min(_min, min);
        _max = Math.Max(_max, max);
    }
}
