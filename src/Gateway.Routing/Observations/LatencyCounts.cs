namespace Gateway.Routing;

/// <summary>The latencies of one time slice while they are recorded. Not safe for concurrent use.</summary>
internal sealed class LatencyCounts
{
    private readonly int[] _buckets = new int[LatencyBuckets.Count];

    public ReadOnlySpan<int> Buckets => _buckets;

    /// <summary>Ticks.</summary>
    public long Sum { get; private set; }

    /// <summary>Ticks; <see cref="long.MaxValue"/> while there is no value.</summary>
    public long Min { get; private set; } = long.MaxValue;

    /// <summary>Ticks.</summary>
    public long Max { get; private set; }

    public bool IsEmpty => Min > Max;

    public void Add(TimeSpan latency)
    {
        long ticks = Math.Clamp(latency.Ticks, 0, LatencyBuckets.MaxTicks);
        _buckets[LatencyBuckets.Of(ticks)]++;
        Sum += ticks;
        Min = Math.Min(Min, ticks);
        Max = Math.Max(Max, ticks);
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
