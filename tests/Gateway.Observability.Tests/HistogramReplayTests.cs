using System.Diagnostics.Metrics;
using Gateway.Observability.Catalogue;
using Xunit;

namespace Gateway.Observability.Tests;

public sealed class HistogramReplayTests : IDisposable
{
    private static readonly MetricDefinition Metric = MetricCatalogue.EngineTimePerToken;

    private readonly GatewayMeter _source = new();
    private readonly HistogramReplay _replay;
    private readonly MeterListener _collector = new();
    private readonly List<(double Value, string? Model)> _recorded = [];
    private IReadOnlyList<ObservedHistogram> _now = [];

    public HistogramReplayTests()
    {
        _source.ObserveHistogram(Metric, () => _now);
        _replay = new HistogramReplay(_source);
        _collector.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == GatewayMeter.Name && (instrument.Name == Metric.Name || instrument.Name == HistogramReplay.TriggerName))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _collector.SetMeasurementEventCallback<double>((_, value, tags, _) => _recorded.Add((value, tags[0].Value as string)));
        _collector.Start();
    }

    [Fact]
    public void Collect_CountsSinceTheLast_AreRecordedInTheirBucketsWithTheirSum()
    {
        double[] first = [0.0003, 0.004, 0.0049, 0.03, 0.05, 1.7], second = [0.004, 0.011, 0.012, 0.9];
        _now = [Series("a", first)];
        Collect();
        AssertSame(first);

        _now = [Series("a", [.. first, .. second])];
        Collect();
        AssertSame(second);

        Collect();
        Assert.Empty(_recorded);
    }

    [Fact]
    public void Collect_ValuesBeyondTheLastBound_KeepTheirSum()
    {
        double[] values = [0.004, 130, 500, 7];
        _now = [Series("a", values)];
        Collect();
        AssertSame(values);
    }

    [Fact]
    public void Collect_ValuesOnTheBounds_StayInTheirBuckets()
    {
        double[] values = [0.0005, 0.001, 120, 60];
        _now = [Series("a", values)];
        Collect();
        AssertSame(values);
    }

    [Fact]
    public void Collect_CountsThatBeganAnew_AreRecordedWhole()
    {
        _now = [Series("a", 0.1, 0.1, 0.1)];
        Collect();
        _recorded.Clear();
        _now = [Series("a", 0.004, 0.1)];
        Collect();
        AssertSame(0.004, 0.1);
    }

    [Fact]
    public void Collect_SeveralSeries_AreKeptApart()
    {
        _now = [Series("a", 0.1), Series("b", 2, 3)];
        Collect();
        Assert.Equal(["a", "b", "b"], _recorded.Select(record => record.Model));
        _recorded.Clear();
        _now = [Series("a", 0.1, 0.2), Series("b", 2, 3)];
        Collect();
        Assert.Equal("a", Assert.Single(_recorded).Model);
    }

    public void Dispose()
    {
        _collector.Dispose();
        _replay.Dispose();
        _source.Dispose();
    }

    private static ObservedHistogram Series(string model, params double[] values) => new([.. Counts(values)], values.Sum(), new KeyValuePair<string, object?>(MetricLabel.Model, model));

    private static long[] Counts(IEnumerable<double> values)
    {
        var counts = new long[Metric.Bounds.Length + 1];
        foreach (var value in values)
        {
            counts[Metric.Bounds.Count(bound => bound < value)]++;
        }

        return counts;
    }

    private void Collect() => _collector.RecordObservableInstruments();

    private void AssertSame(params double[] values)
    {
        Assert.Equal(Counts(values), Counts(_recorded.Select(record => record.Value)));
        Assert.Equal(values.Sum(), _recorded.Sum(record => record.Value), 9);
        _recorded.Clear();
    }
}
