using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Observability.Catalogue;

namespace Gateway.Observability;

/// <summary>The gateway's <see cref="Meter"/>: makes instruments for the metrics of the catalogue, and for nothing else.</summary>
public sealed class GatewayMeter : IDisposable
{
    /// <summary>The meter's name, for collectors that listen in this process.</summary>
    public const string Name = "Gateway";

    private readonly Meter _meter = new(Name);
    private readonly ConcurrentDictionary<string, Func<IEnumerable<ObservedHistogram>>> _histograms = new(StringComparer.Ordinal);

    public Counter<T> Counter<T>(MetricDefinition metric)
        where T : struct => _meter.CreateCounter<T>(metric.Name, metric.Unit, metric.Description);

    /// <summary>A gauge that is moved by differences.</summary>
    public UpDownCounter<long> UpDownCounter(MetricDefinition metric) => _meter.CreateUpDownCounter<long>(metric.Name, metric.Unit, metric.Description);

    public Histogram<double> Histogram(MetricDefinition metric) => _meter.CreateHistogram<double>(
        metric.Name, metric.Unit, metric.Description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = metric.Bounds });

    /// <summary>Has the value of a metric asked for at each collection.</summary>
    /// <param name="metric">A counter or a gauge.</param>
    /// <param name="observe">Gives the value now, or nothing while there is none. Must not throw, and is called from any thread.</param>
    public void Observe(MetricDefinition metric, Func<IEnumerable<Measurement<double>>> observe)
    {
        if (metric.Kind == MetricKind.Counter)
        {
            _meter.CreateObservableCounter(metric.Name, observe, metric.Unit, metric.Description);
        }
        else
        {
            _meter.CreateObservableGauge(metric.Name, observe, metric.Unit, metric.Description);
        }
    }

    /// <inheritdoc cref="Observe(MetricDefinition, Func{IEnumerable{Measurement{double}}})"/>
    public void Observe(MetricDefinition metric, Func<double> observe) => Observe(metric, () => [new Measurement<double>(observe())]);

    /// <summary>
    /// Has the series of a histogram asked for at each collection. OpenTelemetry has no instrument for it: see <see cref="HistogramReplay"/>.
    /// </summary>
    /// <param name="metric">A histogram that the catalogue has observed.</param>
    /// <param name="observe">Gives the series now, or nothing while there are none. Must not throw, and is called from any thread.</param>
    public void ObserveHistogram(MetricDefinition metric, Func<IEnumerable<ObservedHistogram>> observe) => _histograms[metric.Name] = observe;

    public void Dispose() => _meter.Dispose();

    /// <summary>The series of an observed histogram now.</summary>
    internal IEnumerable<ObservedHistogram> HistogramsOf(MetricDefinition metric) => _histograms.TryGetValue(metric.Name, out var observe) ? observe() : [];

    internal bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, _meter);
}
