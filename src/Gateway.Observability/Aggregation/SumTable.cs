using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>A counter, or a gauge that is moved by differences.</summary>
internal sealed class SumTable(MetricDefinition metric, int seriesLimit) : MetricTable(metric)
{
    private readonly SeriesTable<Series> _series = new(metric, seriesLimit, () => new Series());

    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        AtomicDouble.Add(ref _series.Find(tags, out _).Value, value);

    public override IEnumerable<MetricPoint> Points()
    {
        foreach (var (labels, series) in _series.All)
        {
            yield return new ValuePoint(labels, Volatile.Read(ref series.Value));
        }

        if (_series.Overflow is { } overflow)
        {
            yield return new ValuePoint(null, Volatile.Read(ref overflow.Value));
        }
    }

    private sealed class Series
    {
        public double Value;
    }
}
