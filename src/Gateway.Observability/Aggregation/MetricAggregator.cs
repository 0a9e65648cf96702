using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>
/// Listens to the instruments of a <see cref="GatewayMeter"/> and adds up what they measure. A measurement costs a look-up and an atomic
/// addition; it takes no lock and, once its series exists, allocates nothing.
/// </summary>
public sealed class MetricAggregator : IDisposable
{
    /// <summary>The most series of one metric, as OpenTelemetry's SDKs have it; what comes above shares one more series.</summary>
    public const int DefaultSeriesLimit = 2000;

    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly MetricTable[] _tables;

    /// <param name="meter">The instruments, those that exist and those to come.</param>
    /// <param name="time">The clock of exemplars.</param>
    public MetricAggregator(GatewayMeter meter, TimeProvider time)
        : this(meter, time, MetricCatalogue.All, DefaultSeriesLimit)
    {
    }

    internal MetricAggregator(GatewayMeter meter, TimeProvider time, IEnumerable<MetricDefinition> metrics, int seriesLimit)
    {
        _tables = [.. metrics.Select(metric => MetricTable.For(metric, meter, seriesLimit, time))];
        var byName = _tables.ToFrozenDictionary(table => table.Metric.Name);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meter.Owns(instrument) && byName.TryGetValue(instrument.Name, out var table))
            {
                listener.EnableMeasurementEvents(instrument, table);
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, table) => ((MetricTable)table!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, table) => ((MetricTable)table!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observed instruments and gives every metric of the catalogue with its series, in the catalogue's order.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        lock (_lock)
        {
            foreach (var table in _tables.OfType<ObservedTable>())
            {
                table.Clear();
            }

            _listener.RecordObservableInstruments();
            return [.. _tables.Select(table => new MetricFamily(table.Metric, [.. table.Points()]))];
        }
    }

    public void Dispose() => _listener.Dispose();
}
