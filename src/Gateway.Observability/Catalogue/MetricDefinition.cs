using System.Collections.Immutable;

namespace Gateway.Observability.Catalogue;

/// <summary>
/// One metric as the catalogue declares it. The name is OpenTelemetry's; the name in Prometheus follows from it by OpenTelemetry's
/// compatibility rules: dots become underscores, the unit is appended in words, and <c>_total</c> to counters.
/// </summary>
public sealed class MetricDefinition
{
    internal MetricDefinition(MetricKind kind, string name, string unit, string description, params ImmutableArray<string> labels)
    {
        Kind = kind;
        Name = name;
        Unit = unit;
        Description = description;
        Labels = labels;
        PrometheusUnit = MetricUnit.InPrometheus(unit);
        Family = PrometheusUnit is null ? InPrometheus(name) : $"{InPrometheus(name)}_{PrometheusUnit}";
        PrometheusName = kind == MetricKind.Counter ? Family + "_total" : Family;
        PrometheusLabels = [.. labels.Select(InPrometheus)];
    }

    public MetricKind Kind { get; }

    /// <summary>The instrument's name, such as <c>gateway.first_token</c>.</summary>
    public string Name { get; }

    /// <summary>One of <see cref="MetricUnit"/>.</summary>
    public string Unit { get; }

    /// <summary>One sentence for people.</summary>
    public string Description { get; }

    /// <summary>The keys that make a series, in the order in which they are written. Measurements may carry others, which do not.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>Upper bounds in rising order, without the last, infinite one; empty unless this is a histogram.</summary>
    public ImmutableArray<double> Bounds { get; init; } = [];

    /// <summary>Whether buckets remember a request as their example.</summary>
    public bool HasExemplars { get; init; }

    /// <summary>Whether the value is asked for at each collection, instead of added up from measurements.</summary>
    public bool IsObserved { get; init; }

    /// <summary>The name in Prometheus, such as <c>gateway_requests_total</c>.</summary>
    public string PrometheusName { get; }

    /// <summary><see cref="Labels"/> as Prometheus writes them.</summary>
    public ImmutableArray<string> PrometheusLabels { get; }

    /// <summary><see cref="PrometheusName"/> without the <c>_total</c> of counters: what OpenMetrics calls the family's name.</summary>
    internal string Family { get; }

    /// <summary>The unit that the name ends with; null for a plain count.</summary>
    internal string? PrometheusUnit { get; }

    internal static string InPrometheus(string name) => name.Replace('.', '_');
}
