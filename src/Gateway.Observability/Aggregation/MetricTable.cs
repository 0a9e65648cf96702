using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>Takes the measurements of one metric.</summary>
internal abstract class MetricTable(MetricDefinition metric)
{
    public MetricDefinition Metric { get; } = metric;

    public abstract void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    /// <summary>What was measured until now.</summary>
    public abstract IEnumerable<MetricPoint> Points();

    public static MetricTable For(MetricDefinition metric, GatewayMeter meter, int seriesLimit, TimeProvider time) => metric switch
    {
        { IsObserved: true, Kind: MetricKind.Histogram } => new ObservedHistogramTable(metric, () => meter.HistogramsOf(metric)),
        { IsObserved: true } => new ObservedTable(metric),
        { Kind: MetricKind.Histogram } => new HistogramTable(metric, seriesLimit, time),
        _ => new SumTable(metric, seriesLimit),
    };
}
