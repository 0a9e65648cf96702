using System.Diagnostics.Metrics;
using Gateway.Engine;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Providers.Local;

namespace Gateway.Metering;

/// <summary>Shows what the engine in this process is doing; nothing but the progress of its load while no model is loaded.</summary>
internal static class EngineMetrics
{
    private const string Prefill = "prefill";
    private const string Decode = "decode";

    public static void Register(GatewayMeter meter, LocalEngine local)
    {
        meter.Observe(MetricCatalogue.EngineLoaded, () => local.LoadedShare is { } share ? [new Measurement<double>(share)] : []);
        Observe(MetricCatalogue.EngineInfo, engine =>
        [
            Measure(engine, 1, (MetricLabel.Family, engine.Model.Family), (MetricLabel.Weights, engine.Model.WeightForm), (MetricLabel.Device, engine.Model.Device)),
        ]);
        Observe(MetricCatalogue.EngineTokenSize, engine => [Measure(engine, engine.Model.CacheBytesPerToken)]);

        ObserveValue(MetricCatalogue.EngineRunning, statistics => statistics.Running);
        Observe(MetricCatalogue.EngineWaiting, engine => engine.Statistics.Priorities.Select(queue => Measure(engine, queue.Waiting, Priority(queue))));
        ObserveValue(MetricCatalogue.EngineBlocks, statistics => statistics.TotalBlocks);
        ObserveValue(MetricCatalogue.EngineFreeBlocks, statistics => statistics.FreeBlocks);
        ObserveValue(MetricCatalogue.EngineCachedBlocks, statistics => statistics.CachedBlocks);
        ObserveValue(MetricCatalogue.EngineHeldBlocks, statistics => statistics.HeldBlocks);
        ObserveValue(MetricCatalogue.EngineSteps, statistics => statistics.Steps);
        Observe(MetricCatalogue.EngineTokensComputed, engine => engine.Statistics is var statistics
            ? [Measure(engine, statistics.PrefillTokens, (MetricLabel.Kind, Prefill)), Measure(engine, statistics.DecodeTokens, (MetricLabel.Kind, Decode))]
            : []);
        ObserveValue(MetricCatalogue.EngineTokensGenerated, statistics => statistics.TokensGenerated);
        Observe(MetricCatalogue.EngineTokensTruncated, engine => [Measure(engine, local.TruncatedTokens)]);
        ObserveValue(MetricCatalogue.EnginePreemptions, statistics => statistics.Preemptions);
        ObserveValue(MetricCatalogue.EnginePrefixQueries, statistics => statistics.PrefixQueries);
        ObserveValue(MetricCatalogue.EnginePrefixHits, statistics => statistics.PrefixHits);
        ObserveValue(MetricCatalogue.EnginePrefixQueryTokens, statistics => statistics.PrefixQueryTokens);
        ObserveValue(MetricCatalogue.EnginePrefixHitTokens, statistics => statistics.PrefixHitTokens);
        ObserveValue(MetricCatalogue.EnginePrefixEvictions, statistics => statistics.PrefixEvictions);

        ObserveHistogram(MetricCatalogue.EngineQueueWait, engine => engine.Statistics.Priorities.Select(queue => Count(engine, queue.Wait, Priority(queue))));
        ObserveHistogram(MetricCatalogue.EngineFirstToken, engine => [Count(engine, engine.Statistics.TimeToFirstToken)]);
        ObserveHistogram(MetricCatalogue.EngineTimePerToken, engine => [Count(engine, engine.Statistics.TimePerToken)]);
        ObserveHistogram(MetricCatalogue.EngineBatchSize, engine => [Count(engine, engine.Statistics.BatchSize)]);

        void ObserveValue(MetricDefinition metric, Func<EngineStatistics, long> read) => Observe(metric, engine => [Measure(engine, read(engine.Statistics))]);

        void Observe(MetricDefinition metric, Func<InferenceEngine, IEnumerable<Measurement<double>>> read) =>
            meter.Observe(metric, () => local.Current?.Engine is { } engine ? read(engine) : []);

        void ObserveHistogram(MetricDefinition metric, Func<InferenceEngine, IEnumerable<ObservedHistogram>> read) =>
            meter.ObserveHistogram(metric, () => local.Current?.Engine is { } engine ? read(engine) : []);
    }

    private static (string Label, string Value) Priority(PriorityStatistics queue) => (MetricLabel.Priority, queue.Priority.ToString().ToLowerInvariant());

    private static Measurement<double> Measure(InferenceEngine engine, double value, params ReadOnlySpan<(string Label, string Value)> labels) =>
        new(value, Tags(engine, labels));

    private static ObservedHistogram Count(InferenceEngine engine, Distribution distribution, params ReadOnlySpan<(string Label, string Value)> labels) =>
        new(distribution.Counts, distribution.Sum, Tags(engine, labels));

    private static KeyValuePair<string, object?>[] Tags(InferenceEngine engine, ReadOnlySpan<(string Label, string Value)> labels)
    {
        var tags = new KeyValuePair<string, object?>[labels.Length + 1];
        tags[0] = new(MetricLabel.Model, engine.Model.Name);
        for (var i = 0; i < labels.Length; i++)
        {
            tags[i + 1] = new(labels[i].Label, labels[i].Value);
        }

        return tags;
    }
}
