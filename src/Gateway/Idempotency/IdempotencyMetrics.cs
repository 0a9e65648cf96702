using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;

namespace Gateway.Idempotency;

/// <summary>Counts the requests that need not run.</summary>
public sealed class IdempotencyMetrics(GatewayMeter meter)
{
    private readonly Counter<long> _retries = meter.Counter<long>(MetricCatalogue.IdempotentRetries);

    /// <summary>It was given the answer of another run, which had ended when it came.</summary>
    public void Replayed() => Count("replayed");

    /// <summary>It was given the answer of another run, which was still being made when it came.</summary>
    public void Joined() => Count("joined");

    /// <summary>Its key was used for another request.</summary>
    public void Refused() => Count("refused");

    private void Count(string outcome) => _retries.Add(1, new KeyValuePair<string, object?>(MetricLabel.Outcome, outcome));
}
