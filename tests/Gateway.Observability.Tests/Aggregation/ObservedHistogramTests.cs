using Gateway.Observability.Aggregation;
using Gateway.Observability.Catalogue;
using Xunit;

namespace Gateway.Observability.Tests.Aggregation;

public sealed class ObservedHistogramTests
{
    private static readonly MetricDefinition Metric = MetricCatalogue.EngineQueueWait;

    [Fact]
    public void Collect_HistogramCountedElsewhere_HasItsCountsAsTheyAreNow()
    {
        using var meter = new GatewayMeter();
        using var aggregator = new MetricAggregator(meter, TimeProvider.System);
        long[] counts = [.. Enumerable.Repeat(0L, Metric.Bounds.Length), 3];
        meter.ObserveHistogram(Metric, () => [new ObservedHistogram([.. counts], 400, new(MetricLabel.Priority, "low"), new(MetricLabel.Model, "demo"))]);

        counts[0] = 2;
        var point = Assert.IsType<HistogramPoint>(Assert.Single(PointsOf(aggregator)));

        Assert.Equal(["demo", "low"], point.LabelValues!);
        Assert.Equal(counts, point.Counts);
        Assert.Equal(400, point.Sum);
    }

    [Fact]
    public void Collect_NobodyWhoCounts_HasNoSeries()
    {
        using var meter = new GatewayMeter();
        using var aggregator = new MetricAggregator(meter, TimeProvider.System);
        Assert.Empty(PointsOf(aggregator));
    }

    [Fact]
    public void Collect_CountsOfOtherBuckets_AreRefused()
    {
        using var meter = new GatewayMeter();
        using var aggregator = new MetricAggregator(meter, TimeProvider.System);
        meter.ObserveHistogram(Metric, () => [new ObservedHistogram([1, 2], 3)]);
        Assert.Contains(Metric.Name, Assert.Throws<InvalidOperationException>(() => PointsOf(aggregator)).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<MetricPoint> PointsOf(MetricAggregator aggregator) => aggregator.Collect().Single(family => family.Definition == Metric).Points;
}
