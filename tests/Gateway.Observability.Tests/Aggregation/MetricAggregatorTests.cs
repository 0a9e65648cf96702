using System.Diagnostics.Metrics;
using Gateway.Observability.Aggregation;
using Gateway.Observability.Catalogue;
using Xunit;
using static Gateway.Observability.Tests.Samples;

namespace Gateway.Observability.Tests.Aggregation;

public sealed class MetricAggregatorTests : IDisposable
{
    private readonly GatewayMeter _meter = new();
    private readonly ManualTime _time = new();
    private MetricAggregator? _aggregator;

    [Fact]
    public void Collect_CounterWithTagsInAnyOrder_AddsUpBySeries()
    {
        Aggregate(Counter);
        var events = _meter.Counter<long>(Counter);

        events.Add(1, Tag("colour", "red"), Tag("sample.size", "big"));
        events.Add(2, Tag("sample.size", "big"), Tag("colour", "red"));
        events.Add(4, Tag("sample.size", 7), Tag("unknown", "x"));

        Assert.Equal([(",7", 4d), ("red,big", 3d)], Values());
    }

    [Fact]
    public void Collect_TagThatIsNoLabel_MakesNoSeries()
    {
        Aggregate(Counter);
        var events = _meter.Counter<long>(Counter);

        for (var i = 0; i < 100; i++)
        {
            events.Add(1, Tag("colour", "red"), Tag("sample.size", "big"), Tag("what_a_client_typed", $"{i}"));
        }

        Assert.Equal([("red,big", 100d)], Values());
    }

    [Fact]
    public void Collect_MoreSeriesThanTheLimit_ShareOneMore()
    {
        Aggregate(Counter, seriesLimit: 3);
        var events = _meter.Counter<long>(Counter);

        for (var i = 0; i < 10; i++)
        {
            events.Add(1, Tag("colour", $"{i}"));
            events.Add(1, Tag("colour", $"{i}"));
        }

        Assert.Equal([("0,", 2d), ("1,", 2d), ("2,", 2d), ("overflow", 14d)], Values());
    }

    [Fact]
    public void Collect_HistogramAboveTheLimit_SharesOneMore()
    {
        Aggregate(Histogram, seriesLimit: 1);
        var delay = _meter.Histogram(Histogram);

        delay.Record(0.1, Tag("colour", "red"));
        delay.Record(0.1, Tag("colour", "green"));
        delay.Record(5, Tag("colour", "blue"));

        var points = Points().Cast<HistogramPoint>().ToList();
        Assert.Equal([0, 1, 0, 0, 0], points[0].Counts);
        Assert.Null(points[1].LabelValues);
        Assert.Equal([0, 1, 0, 1, 0], points[1].Counts);
    }

    [Fact]
    public void Collect_Histogram_CountsABoundInItsBucket()
    {
        Aggregate(Histogram);
        var delay = _meter.Histogram(Histogram);

        foreach (var value in new[] { 0, 0.00005, 0.000051, 0.25, 1, 1.5, 3e6, double.NaN })
        {
            delay.Record(value, Tag("colour", "red"));
        }

        var point = Assert.IsType<HistogramPoint>(Assert.Single(Points()));
        Assert.Equal([2, 2, 1, 1, 1], point.Counts);
        Assert.Equal(3_000_002.750101, point.Sum, 6);
    }

    [Fact]
    public void Collect_UpDownCounter_FollowsBothWays()
    {
        Aggregate(Gauge);
        var open = _meter.UpDownCounter(Gauge);

        open.Add(3);
        open.Add(-2);

        Assert.Equal([("", 1d)], Values());
    }

    [Fact]
    public void Collect_ObservedValue_DoesNotOutliveItsObservation()
    {
        Aggregate(Observed);
        var colour = "red";
        _meter.Observe(Observed, () => colour.Length == 0 ? [] : [new Measurement<double>(colour.Length, Tag("colour", colour))]);

        Assert.Equal([("red", 3d)], Values());
        colour = "green";
        Assert.Equal([("green", 5d)], Values());
        colour = "";
        Assert.Empty(Values());
    }

    [Fact]
    public void Collect_AnotherMeterOfTheSameName_IsNotHeard()
    {
        Aggregate(Gauge);
        using var other = new GatewayMeter();

        other.UpDownCounter(Gauge).Add(1);

        Assert.Empty(Values());
    }

    [Fact]
    public void Collect_Exemplars_AreOneRequestOfEachBucketAndRenewedAfterASecond()
    {
        Aggregate(Histogram);
        var delay = _meter.Histogram(Histogram);
        void Record(double value, string request) => delay.Record(value, Tag("colour", "red"), Tag(MetricLabel.RequestId, request));

        Record(0.1, "first");
        Record(0.2, "too soon");
        Record(0.5, "another bucket");
        delay.Record(2, Tag("colour", "red"));
        Assert.Equal([null, "first", "another bucket", null, null], Examples());

        _time.Now += TimeSpan.FromSeconds(1);
        Record(0.15, "later");
        Assert.Equal([null, "later", "another bucket", null, null], Examples());

        IEnumerable<string?> Examples() => ((HistogramPoint)Assert.Single(Points())).Exemplars.Select(exemplar => exemplar?.RequestId);
    }

    [Fact]
    public void Record_IntoASeriesThatExists_AllocatesNothing()
    {
        Aggregate(Histogram, Counter);
        var delay = _meter.Histogram(Histogram);
        var events = _meter.Counter<long>(Counter);
        Record();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Record();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Record()
        {
            delay.Record(0.1, Tag("colour", "red"), Tag(MetricLabel.RequestId, "req_1"));
            events.Add(1, Tag("colour", "red"), Tag("sample.size", "big"));
        }
    }

    public void Dispose()
    {
        _aggregator?.Dispose();
        _meter.Dispose();
    }

    private void Aggregate(MetricDefinition metric, int seriesLimit) => _aggregator = new MetricAggregator(_meter, _time, [metric], seriesLimit);

    private void Aggregate(params MetricDefinition[] metrics) => _aggregator = new MetricAggregator(_meter, _time, metrics, seriesLimit: 100);

    private IEnumerable<MetricPoint> Points() => _aggregator!.Collect().SelectMany(family => family.Points);

    private IEnumerable<(string Labels, double Value)> Values() =>
        Points().Cast<ValuePoint>().Select(point => (point.LabelValues is { } values ? string.Join(',', values) : "overflow", point.Value));
}
