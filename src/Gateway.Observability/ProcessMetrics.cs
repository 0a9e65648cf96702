using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using Gateway.Observability.Catalogue;

namespace Gateway.Observability;

/// <summary>What this process is and what it takes of the machine.</summary>
public static class ProcessMetrics
{
    /// <param name="product">The assembly whose version is the product's.</param>
    public static void Register(GatewayMeter meter, Assembly product)
    {
        var version = product.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? MetricLabel.None;
        var build = new Measurement<double>(1, new(MetricLabel.Version, version), new(MetricLabel.Runtime, RuntimeInformation.FrameworkDescription));
        var startedAt = Read(process => (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
        meter.Observe(MetricCatalogue.BuildInfo, () => [build]);
        meter.Observe(MetricCatalogue.ProcessStartTime, () => startedAt);
        meter.Observe(MetricCatalogue.ProcessCpu, () => Environment.CpuUsage.TotalTime.TotalSeconds);
        meter.Observe(MetricCatalogue.ProcessResidentMemory, () => Environment.WorkingSet);
        meter.Observe(MetricCatalogue.ProcessThreads, () => Read(process => process.Threads.Count));
        meter.Observe(MetricCatalogue.ManagedHeap, () => GC.GetTotalMemory(forceFullCollection: false));
        meter.Observe(MetricCatalogue.ManagedCommitted, () => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes);
    }

    private static double Read(Func<Process, double> read)
    {
        using var process = Process.GetCurrentProcess();
        return read(process);
    }
}
