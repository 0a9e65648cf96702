using System.Diagnostics.Metrics;
using Gateway.Engine;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Providers.Local;

namespace Gateway.Metering;

/// <summary>Shows what the engine in this process is doing; nothing while no model is loaded.</summary>
internal static class EngineMetrics
{
    public static void Register(GatewayMeter meter, LocalEngine local)
    {
        Observe(MetricCatalogue.EngineRunning, statistics => statistics.Running);
        Observe(MetricCatalogue.EngineWaiting, statistics => statistics.Waiting);
        Observe(MetricCatalogue.EngineBlocks, statistics => statistics.TotalBlocks);
        Observe(MetricCatalogue.EngineFreeBlocks, statistics => statistics.FreeBlocks + statistics.CachedBlocks);
        Observe(MetricCatalogue.EngineSteps, statistics => statistics.Steps);
        Observe(MetricCatalogue.EngineTokensComputed, statistics => statistics.TokensComputed);
        Observe(MetricCatalogue.EngineTokensGenerated, statistics => statistics.TokensGenerated);
        Observe(MetricCatalogue.EnginePreemptions, statistics => statistics.Preemptions);
        ObserveEngine(MetricCatalogue.EngineTokensTruncated, _ => local.TruncatedTokens);
        ObserveEngine(MetricCatalogue.EngineTokenSize, engine => engine.Model.CacheBytesPerToken);

        void Observe(MetricDefinition metric, Func<EngineStatistics, long> read) => ObserveEngine(metric, engine => read(engine.Statistics));

        void ObserveEngine(MetricDefinition metric, Func<InferenceEngine, long> read) => meter.Observe(
            metric,
            () => local.Current?.Engine is { } engine
                ? [new Measurement<double>(read(engine), new KeyValuePair<string, object?>(MetricLabel.Model, engine.Model.Name))]
                : []);
    }
}
