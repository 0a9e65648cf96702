using System.Collections.Immutable;
using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>A metric and its series at the moment of a collection.</summary>
/// <param name="Points">In the order of their label values.</param>
public sealed record MetricFamily(MetricDefinition Definition, IReadOnlyList<MetricPoint> Points);

/// <summary>One series at the moment of a collection.</summary>
/// <param name="LabelValues">In the order of <see cref="MetricDefinition.Labels"/>; null for the series that takes what is above the limit.</param>
public abstract record MetricPoint(IReadOnlyList<string>? LabelValues);

/// <summary>The point of a counter or a gauge.</summary>
public sealed record ValuePoint(IReadOnlyList<string>? LabelValues, double Value) : MetricPoint(LabelValues);

/// <summary>The point of a histogram.</summary>
/// <param name="Counts">Observations in each bucket alone, the infinite one last.</param>
/// <param name="Sum">Of all observations. May be ahead of or behind <paramref name="Counts"/> by those that were being recorded meanwhile.</param>
/// <param name="Exemplars">One place for each bucket, null where there is none; empty when the metric has no exemplars.</param>
public sealed record HistogramPoint(IReadOnlyList<string>? LabelValues, ImmutableArray<long> Counts, double Sum, ImmutableArray<Exemplar?> Exemplars)
    : MetricPoint(LabelValues);
