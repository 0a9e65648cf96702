using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;

namespace Gateway.Webhooks;

/// <summary>Shows whether notices arrive.</summary>
internal sealed class WebhookMetrics
{
    private readonly Counter<long> _attempts;
    private long _backlog = -1;

    public WebhookMetrics(GatewayMeter meter)
    {
        _attempts = meter.Counter<long>(MetricCatalogue.WebhookAttempts);
        meter.Observe(MetricCatalogue.WebhookBacklog, () => Volatile.Read(ref _backlog) is >= 0 and var backlog ? [new Measurement<double>(backlog)] : []);
    }

    /// <summary>How many notices have not arrived.</summary>
    public long Backlog
    {
        set => Volatile.Write(ref _backlog, value);
    }

    public void Delivered() => Count("delivered");

    public void Failed() => Count("failed");

    public void GivenUp() => Count("given_up");

    private void Count(string outcome) => _attempts.Add(1, new KeyValuePair<string, object?>(MetricLabel.Outcome, outcome));
}
