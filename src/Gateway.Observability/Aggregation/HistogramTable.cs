using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>The series of a histogram.</summary>
internal sealed class HistogramTable(MetricDefinition metric, int seriesLimit, TimeProvider time) : MetricTable(metric)
{
    private readonly SeriesTable<HistogramSeries> _series = new(metric, seriesLimit, () => new HistogramSeries(metric.Bounds, metric.HasExemplars));

    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (double.IsNaN(value))
        {
            // One of them would make the sum unusable for ever.
            return;
        }

        var series = _series.Find(tags, out var requestId);
        var bucket = series.Record(value);
        if (Metric.HasExemplars && requestId is not null)
        {
            series.Exemplify(bucket, requestId, value, time.GetUtcNow());
        }
    }

    public override IEnumerable<MetricPoint> Points()
    {
        foreach (var (labels, series) in _series.All)
        {
            yield return series.ToPoint(labels);
        }

        if (_series.Overflow is { } overflow)
        {
            yield return overflow.ToPoint(null);
        }
    }
}
