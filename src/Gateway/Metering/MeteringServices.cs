using Gateway.Keys;
using Gateway.Ledgers;
using Gateway.Observability;
using Gateway.Observability.Aggregation;
using Gateway.Observability.Tracing;
using Gateway.Observing;
using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Providers.Faults;
using Gateway.Providers.Local;
using Gateway.Redis;
using Gateway.Routing;
using Gateway.Tracing;

namespace Gateway.Metering;

/// <summary>Registers what measures, and what collects the measurements.</summary>
internal static class MeteringServices
{
    public static void AddMetering(this IServiceCollection services)
    {
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<AttemptMetrics>();
        services.AddSingleton<IFailoverObserver, FailoverWatcher>();
        services.AddSingleton<GatewayMeter>();
        services.AddSingleton<GatewayTraces>();
        services.AddSingleton<RequestTracer>();
        services.AddSingleton(provider =>
        {
            var meter = provider.GetRequiredService<GatewayMeter>();
            var aggregator = new MetricAggregator(meter, provider.GetRequiredService<TimeProvider>());
            PolicyMetrics.Register(meter, provider.GetRequiredService<PolicyStore>());
            FaultMetrics.Register(meter, provider.GetRequiredService<FaultBoard>());
            EngineMetrics.Register(meter, provider.GetRequiredService<LocalEngine>());
            ObservationMetrics.Register(meter, provider.GetRequiredService<ObservationBoard>(), provider.GetService<RedisLink>());
            KeyMetrics.Register(meter, provider.GetRequiredService<KeySync>());
            LedgerMetrics.Register(meter, provider.GetRequiredService<LedgerState>());
            ProcessMetrics.Register(meter, typeof(MeteringServices).Assembly);
            return aggregator;
        });
    }
}
