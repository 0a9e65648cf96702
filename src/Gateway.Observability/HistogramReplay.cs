using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Gateway.Observability.Aggregation;
using Gateway.Observability.Catalogue;

namespace Gateway.Observability;

/// <summary>
/// Brings histograms that are counted elsewhere to OpenTelemetry's SDK, which has no instrument that asks for one: at each of its collections,
/// what was added since the last is recorded again. Counts of buckets and sums are exact; the values themselves are gone, so each bucket's stand
/// at one place inside it, chosen for the sum.
/// </summary>
/// <remarks>Its meter has the gateway's name and is another one, so that nobody else in the process sees the instruments.</remarks>
internal sealed class HistogramReplay : IDisposable
{
    /// <summary>An instrument that measures nothing. The SDK asks for it at the beginning of a collection.</summary>
    public const string TriggerName = "gateway.histogram_replay";

    // Bounds belong to the bucket below them.
    private const double LeastShare = 1e-6;

    private readonly Meter _meter = new(GatewayMeter.Name);
    private readonly Lock _lock = new();

    /// <param name="source">Whose histograms.</param>
    public HistogramReplay(GatewayMeter source)
    {
        List<Series> all = [];
        foreach (var metric in MetricCatalogue.All.Where(metric => metric is { Kind: MetricKind.Histogram, IsObserved: true }))
        {
            all.Add(new Series(metric, _meter.CreateHistogram<double>(metric.Name, metric.Unit, metric.Description), source));
        }

        _meter.CreateObservableGauge(TriggerName, () =>
        {
            lock (_lock)
            {
                all.ForEach(series => series.Replay());
            }

            return Enumerable.Empty<Measurement<double>>();
        });
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>One metric, and how far each of its series was replayed.</summary>
    private sealed class Series(MetricDefinition metric, Histogram<double> instrument, GatewayMeter source)
    {
        private readonly Dictionary<string[], ObservedHistogram> _replayed = new(LabelValuesComparer.Instance);

        public void Replay()
        {
            foreach (var now in source.HistogramsOf(metric))
            {
                var labels = new string[metric.Labels.Length];
                LabelReader.Read(metric.Labels, now.Tags, labels);
                Record(now, _replayed.GetValueOrDefault(labels));
                _replayed[labels] = now;
            }
        }

        private void Record(ObservedHistogram now, ObservedHistogram? before)
        {
            // One that has fewer began anew, as after another model was loaded.
            var isSame = before is not null && now.Counts.Zip(before.Counts).All(count => count.First >= count.Second);
            var added = isSame ? [.. now.Counts.Zip(before!.Counts, (one, other) => one - other)] : now.Counts;
            var values = Values(added, isSame ? now.Sum - before!.Sum : now.Sum);
            for (var bucket = 0; bucket < added.Length; bucket++)
            {
                for (var i = 0L; i < added[bucket]; i++)
                {
                    instrument.Record(values[bucket], now.Tags);
                }
            }
        }

        /// <summary>A value for each bucket with which its counts have the sum.</summary>
        private double[] Values(ImmutableArray<long> counts, double sum)
        {
            var (bounds, beyond) = (metric.Bounds, counts[^1]);
            double least = 0, room = 0;
            for (var bucket = 0; bucket < bounds.Length; bucket++)
            {
                least += counts[bucket] * Below(bucket);
                room += counts[bucket] * (bounds[bucket] - Below(bucket));
            }

            // What lies beyond the last bound takes what the others leave.
            var share = beyond > 0 || room == 0 ? 0.5 : Math.Clamp((sum - least) / room, LeastShare, 1);
            var last = bounds[^1] * (1 + LeastShare);
            return
            [
                .. bounds.Select((bound, bucket) => Below(bucket) + (share * (bound - Below(bucket)))),
                beyond > 0 ? Math.Max(last, (sum - least - (share * room)) / beyond) : last,
            ];

            double Below(int bucket) => bucket == 0 ? 0 : bounds[bucket - 1];
        }
    }
}
