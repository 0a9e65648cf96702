using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Pipeline;

namespace Gateway.Metering;

/// <summary>Measures whole requests, when they end.</summary>
public sealed class RequestMetrics(GatewayMeter meter, TimeProvider time)
{
    private readonly UpDownCounter<long> _inFlight = meter.UpDownCounter(MetricCatalogue.RequestsInFlight);
    private readonly Counter<long> _requests = meter.Counter<long>(MetricCatalogue.Requests);
    private readonly Histogram<double> _duration = meter.Histogram(MetricCatalogue.RequestDuration);
    private readonly Histogram<double> _overhead = meter.Histogram(MetricCatalogue.Overhead);
    private readonly Histogram<double> _firstToken = meter.Histogram(MetricCatalogue.FirstToken);
    private readonly Histogram<double> _firstContentToken = meter.Histogram(MetricCatalogue.FirstContentToken);
    private readonly UsageMetrics _usage = new(meter, time);

    /// <summary>A request has come; <see cref="Record"/> follows.</summary>
    public void Begin() => _inFlight.Add(1);

    /// <summary>A request has ended, in whatever way.</summary>
    public void Record(GatewayRequest request)
    {
        var duration = time.GetElapsedTime(request.StartedAt);
        _inFlight.Add(-1);
        _requests.Add(1, new TagList
        {
            { MetricLabel.Route, MetricTags.Route(request) },
            { MetricLabel.Model, MetricTags.Model(request) },
            { MetricLabel.Provider, MetricTags.Provider(request) },
            { MetricLabel.Outcome, Outcome(request) },
            { MetricLabel.Code, request.Error?.Code.Name ?? MetricLabel.None },
        });

        var tags = MetricTags.Answer(request);
        _duration.Record(duration.TotalSeconds, tags);
        request.Clock.EndWait();
        _overhead.Record((duration - request.Clock.Waited).TotalSeconds, tags);
        RecordSince(_firstToken, request, request.Meter?.FirstTokenSentAt);
        RecordSince(_firstContentToken, request, request.Meter?.FirstContentTokenSentAt);
        _usage.Record(request);

        void RecordSince(Histogram<double> histogram, GatewayRequest request, long? moment)
        {
            if (moment is { } at)
            {
                histogram.Record(time.GetElapsedTime(request.StartedAt, at).TotalSeconds, tags);
            }
        }
    }

    /// <summary>Who can mend a failure is the first word of its error code: <c>caller</c>, <c>policy</c> or <c>provider</c>.</summary>
    private static string Outcome(GatewayRequest request) => request switch
    {
        { Error.Code.Family: { } family } => family,
        { IsAbandoned: true } => MetricOutcome.Abandoned,
        { IsAnswered: true } => MetricOutcome.Success,
        _ => MetricOutcome.Internal,
    };
}
