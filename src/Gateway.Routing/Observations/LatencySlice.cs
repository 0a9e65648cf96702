namespace Gateway.Routing;

/// <summary>The latencies of one time slice as they are exported.</summary>
/// <param name="Buckets">Those with values, in rising order.</param>
/// <param name="Sum">Ticks.</param>
/// <param name="Min">Ticks.</param>
/// <param name="Max">Ticks.</param>
internal sealed record LatencySlice(IReadOnlyList<(int Bucket, long Count)> Buckets, long Sum, long Min, long Max)
{
    public static LatencySlice Empty { get; } = new([], 0, long.MaxValue, 0);

    public static LatencySlice Of(LatencyCounts? counts)
    {
        if (counts is null || counts.IsEmpty)
        {
            return Empty;
        }

        List<(int Bucket, long Count)> buckets = [];
        for (int bucket = LatencyBuckets.Of(counts.Min); bucket <= LatencyBuckets.Of(counts.Max); bucket++)
        {
            if (counts.Buckets[bucket] is > 0 and var count)
            {
                buckets.Add((bucket, count));
            }
        }

        return new LatencySlice(buckets, counts.Sum, counts.Min, counts.Max);
    }
}
