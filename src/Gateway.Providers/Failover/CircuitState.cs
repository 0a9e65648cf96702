namespace Gateway.Providers.Failover;

/// <summary>Whether a model is called. The numbers are those of the metric.</summary>
public enum CircuitState
{
    /// <summary>It is.</summary>
    Closed = 0,

    /// <summary>One call at a time probes whether it is well again.</summary>
    HalfOpen = 1,

    /// <summary>It is left alone.</summary>
    Open = 2,
}
