namespace Gateway.Observability.Catalogue;

/// <summary>What a metric's value means over time.</summary>
public enum MetricKind
{
    /// <summary>A sum that only grows until the process restarts.</summary>
    Counter,

    /// <summary>A value as it is now.</summary>
    Gauge,

    /// <summary>How many observations fell below each bound.</summary>
    Histogram,
}
