namespace Gateway.Benchmarks.Endurance;

/// <summary>What a process holds while it has nothing to do and all garbage is collected, in MiB.</summary>
/// <param name="Live">Managed objects.</param>
/// <param name="Unmanaged">Physical memory that is not the garbage collector's: weights, cache, code, stacks.</param>
internal sealed record IdleMemory(double Live, double Unmanaged)
{
    private const double MiB = 1 << 20;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task<IdleMemory> ReadAsync(GatewayUnderLoad gateway, StreamClient client)
    {
        // Connections that were left in the middle end, and what timers still hold is let go.
        await Task.Delay(Settling);
        await FullCollection.RunAsync(gateway.ProcessId);
        await FullCollection.RunAsync(gateway.ProcessId);
        var gauges = new Gauges(await client.MetricsAsync());
        return new IdleMemory(gauges["dotnet_gc_heap_bytes"] / MiB, (gauges["process_resident_memory_bytes"] - gauges["dotnet_gc_committed_bytes"]) / MiB);
    }

    /// <summary>Whether this is no more than so many times what it was.</summary>
    public bool IsWithin(double growth, IdleMemory before) => Live <= before.Live * growth && Unmanaged <= before.Unmanaged * growth;

    public override string ToString() => $"{Live:F1} MiB of managed objects, {Unmanaged:F1} MiB beside the managed heap";
}
