using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Providers.Faults;

namespace Gateway.Metering;

/// <summary>Shows that faults are injected, so that nobody takes a rehearsal for the real thing.</summary>
internal static class FaultMetrics
{
    public static void Register(GatewayMeter meter, FaultBoard board) =>
        meter.Observe(MetricCatalogue.FaultsActive, () => board.Active
            .CountBy(fault => fault.Target.Provider)
            .Select(faults => new Measurement<double>(faults.Value, new KeyValuePair<string, object?>(MetricLabel.Provider, faults.Key))));
}
