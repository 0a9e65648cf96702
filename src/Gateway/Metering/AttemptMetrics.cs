using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers;

namespace Gateway.Metering;

/// <summary>Measures what happens between the gateway and a provider.</summary>
public sealed class AttemptMetrics(GatewayMeter meter, TimeProvider time)
{
    private readonly Counter<long> _attempts = meter.Counter<long>(MetricCatalogue.Attempts);
    private readonly Histogram<double> _firstToken = meter.Histogram(MetricCatalogue.UpstreamFirstToken);
    private readonly Histogram<double> _gap = meter.Histogram(MetricCatalogue.InterToken);
    private readonly Histogram<double> _duration = meter.Histogram(MetricCatalogue.GenAIOperationDuration);

    /// <summary>Records the time between two events with tokens.</summary>
    public void RecordGap(ModelCard model, TimeSpan gap) =>
        _gap.Record(gap.TotalSeconds, new(MetricLabel.Model, model.Name), new(MetricLabel.Provider, model.Provider));

    /// <summary>Records the attempt that is over.</summary>
    /// <param name="request">The request, whose model and meter are those of the attempt.</param>
    /// <param name="hasEnded">Whether it came to an end of its own; false when the client left or something unforeseen was thrown.</param>
    /// <param name="failure">Why it gave no whole answer.</param>
    public void Record(GatewayRequest request, bool hasEnded, AttemptFailure? failure)
    {
        var model = request.Model!;
        var isAbandoned = !hasEnded && (request.IsAbandoned || request.Http.RequestAborted.IsCancellationRequested);
        var outcome = isAbandoned ? MetricOutcome.Abandoned
            : hasEnded && failure is null ? MetricOutcome.Success
            : MetricOutcome.Error;
        _attempts.Add(1, new(MetricLabel.Provider, model.Provider), new(MetricLabel.Outcome, outcome));

        var duration = MetricTags.GenAI(request, model);
        duration.Add(MetricLabel.RequestStream, MetricTags.Stream(request));
        if (outcome != MetricOutcome.Success)
        {
            duration.Add(MetricLabel.ErrorType, failure?.Error.Code.Name ?? (isAbandoned ? MetricOutcome.Abandoned : MetricOutcome.Internal));
        }

        var startedAt = request.Meter!.AttemptStartedAt!.Value;
        _duration.Record(time.GetElapsedTime(startedAt).TotalSeconds, duration);
        if (request.Meter.FirstTokenAt is { } firstTokenAt)
        {
            var firstToken = new TagList
            {
                { MetricLabel.Model, model.Name },
                { MetricLabel.Provider, model.Provider },
                { MetricLabel.Stream, MetricTags.Stream(request) },
                { MetricLabel.RequestId, request.Id },
            };
            _firstToken.Record(time.GetElapsedTime(startedAt, firstTokenAt).TotalSeconds, firstToken);
        }
    }
}
