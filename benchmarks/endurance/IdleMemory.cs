namespace Gateway.Benchmarks.Endurance;

/// <summary>What a process holds while it has nothing to do and all garbage is collected, in MiB.</summary>
/// <param name="Live">Managed objects.</param>
/// <param name="Unmanaged">Physical memory that is not the garbage collector's: weights, cache, code, stacks.</param>
internal sealed record IdleMemory(double Live, double Unmanaged)
{
    private const double MiB = 1 << 20;

    private const int Readings = 4;

    // Connections that were left in the middle end, timers let go of what they hold, and the collector gives pages back.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    /// <summary>The lowest of some readings: the resident set and what the collector says of itself are not of the very same moment.</summary>
    public static async Task<IdleMemory> ReadAsync(GatewayUnderLoad gateway, StreamClient client)
    {
        var lowest = new IdleMemory(double.MaxValue, double.MaxValue);
        for (var i = 0; i < Readings; i++)
        {
            await FullCollection.RunAsync(gateway.ProcessId);
            await Task.Delay(Settling);
            var gauges = new Gauges(await client.MetricsAsync());
            lowest = new IdleMemory(
                Math.Min(lowest.Live, gauges["dotnet_gc_heap_bytes"] / MiB),
                Math.Min(lowest.Unmanaged, (gauges["process_resident_memory_bytes"] - gauges["dotnet_gc_committed_bytes"]) / MiB));
        }

        return lowest;
    }

    /// <summary>Whether this is no more than so many times what it was.</summary>
    public bool IsWithin(double growth, IdleMemory before) => Live <= before.Live * growth && Unmanaged <= before.Unmanaged * growth;

    public override string ToString() => $"{Live:F1} MiB of managed objects, {Unmanaged:F1} MiB beside the managed heap";
}
