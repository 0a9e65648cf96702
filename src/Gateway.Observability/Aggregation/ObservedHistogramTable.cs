using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>The series of a histogram that is counted elsewhere and asked for at each collection.</summary>
/// <param name="metric">The metric.</param>
/// <param name="observe">Gives every series as it is now.</param>
internal sealed class ObservedHistogramTable(MetricDefinition metric, Func<IEnumerable<ObservedHistogram>> observe) : MetricTable(metric)
{
    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        throw new InvalidOperationException($"{Metric.Name} is asked for, and not measured.");

    public override IEnumerable<MetricPoint> Points()
    {
        foreach (var series in observe())
        {
            if (series.Counts.Length != Metric.Bounds.Length + 1)
            {
                throw new InvalidOperationException($"{Metric.Name} was counted into {series.Counts.Length} buckets; the catalogue has {Metric.Bounds.Length + 1}.");
            }

            var labels = new string[Metric.Labels.Length];
            LabelReader.Read(Metric.Labels, series.Tags, labels);
            yield return new HistogramPoint(labels, series.Counts, series.Sum, []);
        }
    }
}
