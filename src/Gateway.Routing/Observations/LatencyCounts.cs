namespace Gateway.Routing;

/// <summary>The latencies of one time slice while they are recorded. Not safe for concurrent use.</summary>
internal sealed class LatencyCounts
{
    private readonly int[] _buckets = new int[LatencyBuckets.Count];

    public ReadOnlySpan<int> Buckets => _buckets;

    /// <summary>In µs.</summary>
    public long Sum { get; private set; }

    /// <summary>In µs; above <see cref="Max"/> while there is no value.</summary>
    public long Min { get; private set; } = long.MaxValue;

    /// <summary>In µs.</summary>
    public long Max { get; private set; }

    public bool IsEmpty => Min > Max;

    public void Add(TimeSpan latency)
    {
        long microseconds = LatencyBuckets.Microseconds(latency);
        _buckets[LatencyBuckets.Of(microseconds)]++;
        Sum += microseconds;
        Min = Math.Min(Min, microseconds);
        Max = Math.Max(Max, microseconds);
    }

    public void Clear()
    {
        if (!IsEmpty)
        {
            Array.Clear(_buckets);
            (Sum, Min, Max) = (0, long.MaxValue, 0);
        }
    }
}
