using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Redis;
using Gateway.Routing;

namespace Gateway.Observing;

/// <summary>Shows whether Redis answers and how many replicas share their observations.</summary>
internal static class ObservationMetrics
{
    /// <param name="link">Null when no Redis is configured.</param>
    public static void Register(GatewayMeter meter, ObservationBoard board, RedisLink? link)
    {
        meter.Observe(MetricCatalogue.ObservationReplicas, () => board.Replicas);
        meter.Observe(MetricCatalogue.RedisUp, () => link is null ? [] : [new Measurement<double>(link.Status.IsUp ? 1 : 0)]);
    }
}
