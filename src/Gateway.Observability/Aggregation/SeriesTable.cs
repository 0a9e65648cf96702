using System.Collections.Concurrent;
using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>
/// The series of one metric by their label values. Finding one takes no lock and allocates nothing. There is a limit, above which
/// new label values share one series, so that no input can fill the memory of the gateway or of its Prometheus.
/// </summary>
internal sealed class SeriesTable<TSeries>
    where TSeries : class
{
    private readonly MetricDefinition _metric;
    private readonly int _limit;
    private readonly Func<TSeries> _create;
    private readonly ConcurrentDictionary<string[], TSeries> _series = new(LabelValuesComparer.Instance);
    private readonly ConcurrentDictionary<string[], TSeries>.AlternateLookup<ReadOnlySpan<string>> _lookup;
    private readonly Lock _lock = new();
    private int _count;
    private volatile TSeries? _overflow;

    public SeriesTable(MetricDefinition metric, int limit, Func<TSeries> create)
    {
        if (metric.Labels.Length > LabelReader.MaxLabels)
        {
            throw new ArgumentException($"The metric {metric.Name} has more than {LabelReader.MaxLabels} labels.", nameof(metric));
        }

        _metric = metric;
        _limit = limit;
        _create = create;
        _lookup = _series.GetAlternateLookup<ReadOnlySpan<string>>();
    }

    /// <summary>The series that takes what is above the limit; null while there is none.</summary>
    public TSeries? Overflow => _overflow;

    /// <summary>Every series within the limit, in the order of their label values.</summary>
    public IReadOnlyList<KeyValuePair<string[], TSeries>> All => [.. _series.OrderBy(series => series.Key, LabelOrder.Instance)];

    /// <summary>Finds or begins the series of a measurement.</summary>
    /// <param name="tags">The tags of the measurement, in any order.</param>
    /// <param name="requestId">The request that the measurement came from; null when it does not say.</param>
    public TSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags, out string? requestId)
    {
        var buffer = default(LabelReader.Buffer);
        var values = ((Span<string>)buffer)[.._metric.Labels.Length];
        requestId = LabelReader.Read(_metric.Labels, tags, values);
        return _lookup.TryGetValue(values, out var series) ? series : Add(values);
    }

    private TSeries Add(ReadOnlySpan<string> values)
    {
        lock (_lock)
        {
            if (_lookup.TryGetValue(values, out var series))
            {
                return series;
            }

            if (_count == _limit)
            {
                return _overflow ??= _create();
            }

            _count++;
            return _series[values.ToArray()] = _create();
        }
    }

    private sealed class LabelOrder : IComparer<string[]>
    {
        public static readonly LabelOrder Instance = new();

        public int Compare(string[]? x, string[]? y)
        {
            for (var i = 0; i < x!.Length; i++)
            {
                if (string.CompareOrdinal(x[i], y![i]) is not 0 and var order)
                {
                    return order;
                }
            }

            return 0;
        }
    }
}
