using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>Values that were asked for at this collection; none outlives it. Used by one collection at a time.</summary>
internal sealed class ObservedTable(MetricDefinition metric) : MetricTable(metric)
{
    private readonly List<ValuePoint> _points = [];

    /// <summary>Forgets the collection before.</summary>
    public void Clear() => _points.Clear();

    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new string[Metric.Labels.Length];
        LabelReader.Read(Metric.Labels, tags, labels);
        _points.Add(new ValuePoint(labels, value));
    }

    public override IEnumerable<MetricPoint> Points() => _points;
}
