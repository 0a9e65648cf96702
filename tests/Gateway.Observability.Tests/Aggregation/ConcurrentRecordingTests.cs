using FsCheck;
using FsCheck.Fluent;
using Gateway.Observability.Aggregation;
using Xunit;
using static Gateway.Observability.Tests.Samples;

namespace Gateway.Observability.Tests.Aggregation;

public sealed class ConcurrentRecordingTests
{
    private const int Threads = 4;

    [Fact]
    public void Record_FromManyThreads_SumsExactly()
    {
        // Multiples of 1/64 add up exactly in any order.
        var value = Gen.Choose(0, 256).Select(number => number / 64d);
        var colour = Gen.Elements("red", "green", "blue", "black");
        var recording = Gen.Zip(colour, value);
        var recordings = recording.ArrayOf(400);
        Prop.ForAll(recordings.ToArbitrary(), SumsExactly).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    private static bool SumsExactly((string Colour, double Value)[] recordings)
    {
        using var meter = new GatewayMeter();
        using var aggregator = new MetricAggregator(meter, TimeProvider.System, [Histogram, Counter, Cost, Gauge], seriesLimit: 3);
        var delay = meter.Histogram(Histogram);
        var events = meter.Counter<long>(Counter);
        var cost = meter.Counter<double>(Cost);
        var open = meter.UpDownCounter(Gauge);
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
        {
            foreach (var (colour, value) in recordings)
            {
                delay.Record(value, Tag("colour", colour), Tag("request_id", "req"));
                events.Add(1, Tag("colour", colour));
                cost.Add(value);
                open.Add(thread % 2 == 0 ? 1 : -1);
            }
        });

        var families = aggregator.Collect();
        var histograms = families[0].Points.Cast<HistogramPoint>().ToList();
        return histograms.Sum(point => point.Counts.Sum()) == Threads * recordings.Length
            && histograms.Sum(point => point.Sum) == Threads * recordings.Sum(recording => recording.Value)
            && Within(histograms, 1) == Threads * recordings.Count(recording => recording.Value is > 0.00005 and <= 0.25)
            && families[1].Points.Cast<ValuePoint>().Sum(point => point.Value) == Threads * recordings.Length
            && families[2].Points.Cast<ValuePoint>().Sum(point => point.Value) == Threads * recordings.Sum(recording => recording.Value)
            && families[3].Points.Cast<ValuePoint>().Sum(point => point.Value) == 0;
    }

    private static long Within(IEnumerable<HistogramPoint> points, int bucket) => points.Sum(point => point.Counts[bucket]);
}
