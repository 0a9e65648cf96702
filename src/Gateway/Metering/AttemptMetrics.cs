using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Policies;
using Gateway.Providers.Failover;

namespace Gateway.Metering;

/// <summary>Measures what happens between the gateway and a provider.</summary>
public sealed class AttemptMetrics(GatewayMeter meter)
{
    private readonly Counter<long> _attempts = meter.Counter<long>(MetricCatalogue.Attempts);
    private readonly Counter<long> _failovers = meter.Counter<long>(MetricCatalogue.Failovers);
    private readonly Histogram<double> _firstToken = meter.Histogram(MetricCatalogue.UpstreamFirstToken);
    private readonly Histogram<double> _gap = meter.Histogram(MetricCatalogue.InterToken);
    private readonly Histogram<double> _duration = meter.Histogram(MetricCatalogue.GenAIOperationDuration);

    /// <summary>Records the time between two events with tokens.</summary>
    public void RecordGap(ModelCard model, TimeSpan gap) =>
        _gap.Record(gap.TotalSeconds, new(MetricLabel.Model, model.Name), new(MetricLabel.Provider, model.Provider));

    /// <summary>Records that a request went from one model to another.</summary>
    /// <param name="from">Qualified name.</param>
    /// <param name="to">Qualified name.</param>
    /// <param name="cause">A kind of failure, or <see cref="MetricLabel.CircuitOpen"/>.</param>
    public void RecordFailover(string from, string to, string cause) =>
        _failovers.Add(1, new(MetricLabel.From, from), new(MetricLabel.To, to), new(MetricLabel.Cause, cause));

    /// <summary>Records an attempt that is over.</summary>
    public void Record(FailoverRequest request, AttemptRecord attempt)
    {
        var model = attempt.Model;
        _attempts.Add(
            1,
            new(MetricLabel.Provider, model.Provider),
            new(MetricLabel.Role, MetricTags.Role(attempt.Role)),
            new(MetricLabel.Outcome, MetricTags.Outcome(attempt.Outcome)));

        var stream = MetricTags.Stream(request.Request);
        var duration = MetricTags.GenAI(request.Request.Endpoint, model);
        duration.Add(MetricLabel.RequestStream, stream);
        if (attempt.Outcome != AttemptOutcome.Answered)
        {
            duration.Add(MetricLabel.ErrorType, attempt.Failure?.Error.Code.Name ?? MetricTags.Outcome(attempt.Outcome));
        }

        _duration.Record(attempt.Duration.TotalSeconds, duration);
        if (attempt.FirstToken is { } firstToken)
        {
            _firstToken.Record(firstToken.TotalSeconds, new TagList
            {
                { MetricLabel.Model, model.Name },
                { MetricLabel.Provider, model.Provider },
                { MetricLabel.Stream, stream },
                { MetricLabel.RequestId, request.RequestId },
            });
        }
    }
}
