using System.Diagnostics;
using Gateway.Metering;
using Gateway.Observability.Tracing;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Spending;

namespace Gateway.Tracing;

/// <summary>
/// Makes a span of each request, below the span that the client names in <c>traceparent</c> (W3C Trace Context), and below it one of each
/// attempt.
/// </summary>
public sealed class RequestTracer(GatewayTraces traces, TimeProvider time)
{
    /// <summary>Begins the request's span; null when nobody listens.</summary>
    public Activity? Begin(HttpContext http)
    {
        if (!traces.Source.HasListeners())
        {
            return null;
        }

        var headers = http.Request.Headers;
        ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var parent);
        return traces.Source.StartActivity("request", ActivityKind.Server, parent);
    }

    /// <summary>Fills in what became of the request, and ends its span.</summary>
    public void End(Activity? span, GatewayRequest request)
    {
        if (span is null)
        {
            return;
        }

        var operation = MetricTags.Operation(request.Endpoint);
        span.DisplayName = $"{operation} {MetricTags.Route(request)}";
        span.SetTag(SpanAttribute.Operation, operation);
        span.SetTag(SpanAttribute.RequestId, request.Id);
        span.SetTag(SpanAttribute.Route, request.Plan?.Route);
        span.SetTag(SpanAttribute.RequestModel, request.Body?.Model);
        span.SetTag(SpanAttribute.ResponseModel, request.Model?.Name);
        span.SetTag(SpanAttribute.Provider, request.Model?.Provider);
        span.SetTag(SpanAttribute.MaxTokens, request.Plan?.Profile.MaxOutputTokens);
        span.SetTag(SpanAttribute.Attempts, request.Attempts);
        span.SetTag(SpanAttribute.InputTokens, request.Meter?.Usage?.Input);
        span.SetTag(SpanAttribute.OutputTokens, request.Meter?.Usage?.Output);
        span.SetTag(SpanAttribute.FirstToken, request.Meter?.FirstTokenAt is { } at ? time.GetElapsedTime(request.StartedAt, at).TotalSeconds : null);
        span.SetTag(SpanAttribute.Cost, request.Spending?.Bill is { IsCostKnown: true } bill ? Money.Text(bill.Cost) : null);
        if (request.Error is { } error)
        {
            Fail(span, error.Code.Name);
        }
        else if (request.IsAbandoned)
        {
            Fail(span, MetricOutcome.Abandoned);
        }

        span.Dispose();
    }

    /// <summary>Makes the span of an attempt that has ended.</summary>
    public void Record(FailoverRequest request, AttemptRecord attempt)
    {
        if (Activity.Current is not { } parent || !traces.Source.HasListeners())
        {
            return;
        }

        var operation = MetricTags.Operation(request.Request.Endpoint);
        var endedAt = time.GetUtcNow();
        using var span = traces.Source.StartActivity(
            $"{operation} {attempt.Model.Name}", ActivityKind.Client, parent.Context, startTime: endedAt - attempt.Duration);
        if (span is null)
        {
            return;
        }

        span.SetTag(SpanAttribute.Operation, operation);
        span.SetTag(SpanAttribute.Provider, attempt.Model.Provider);
        span.SetTag(SpanAttribute.RequestModel, attempt.Model.UpstreamModel);
        span.SetTag(SpanAttribute.Role, MetricTags.Role(attempt.Role));
        span.SetTag(SpanAttribute.Outcome, MetricTags.Outcome(attempt.Outcome));
        span.SetTag(SpanAttribute.InputTokens, attempt.Usage?.Input);
        span.SetTag(SpanAttribute.OutputTokens, attempt.Usage?.Output);
        span.SetTag(SpanAttribute.FirstToken, attempt.FirstToken?.TotalSeconds);
        if (request.Policies.FindProvider(attempt.Model.Provider)?.Upstream?.BaseUrl is { } url)
        {
            span.SetTag(SpanAttribute.ServerAddress, url.Host);
            span.SetTag(SpanAttribute.ServerPort, url.Port);
        }

        if (attempt.Failure is { } failure)
        {
            Fail(span, FailureKindNames.Of(failure.Kind));
        }

        span.SetEndTime(endedAt.UtcDateTime);
    }

    private static void Fail(Activity span, string type)
    {
        span.SetTag(SpanAttribute.ErrorType, type);
        span.SetStatus(ActivityStatusCode.Error);
    }
}
