using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;

namespace Gateway.Keys;

/// <summary>Shows whether this gateway knows the keys as they are.</summary>
internal static class KeyMetrics
{
    public static void Register(GatewayMeter meter, KeySync sync) =>
        meter.Observe(MetricCatalogue.KeysStaleness, () => sync.Staleness is { } staleness ? [new Measurement<double>(staleness.TotalSeconds)] : []);
}
