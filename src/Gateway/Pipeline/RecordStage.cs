using Gateway.Contracts.Errors;
using Gateway.Metering;
using Gateway.Policies;
using Gateway.Records;
using Gateway.Routing;
using Gateway.Spending;
using Gateway.Tracing;

namespace Gateway.Pipeline;

/// <summary>Writes down what became of the request. Prompts and answers are never part of it.</summary>
public sealed partial class RecordStage(RequestMetrics metrics, RequestTracer tracer, DecisionRecorder records, ILogger<RecordStage> logger, TimeProvider time)
{
    /// <summary>A request has come; <see cref="Run"/> follows.</summary>
    public void Begin(GatewayRequest request)
    {
        metrics.Begin();
        request.Span = tracer.Begin(request.Http);
    }

    public void Run(GatewayRequest request)
    {
        metrics.Record(request);
        tracer.End(request.Span, request);
        records.Record(request);
        var elapsed = time.GetElapsedTime(request.StartedAt).TotalMilliseconds;
        if (request.Error is { } error)
        {
            LogFailed(request.Id, error.Code, error.Param, request.Key?.Id, request.Plan?.Route, request.Model?.QualifiedName, request.Attempts, elapsed);
        }
        else if (request.IsAbandoned)
        {
            LogAbandoned(request.Id, request.Key?.Id, request.Plan?.Route, request.Model?.QualifiedName, elapsed);
        }
        else if (logger.IsEnabled(LogLevel.Debug))
        {
            var firstToken = request.Meter?.FirstTokenAt is { } at ? time.GetElapsedTime(request.StartedAt, at).TotalMilliseconds : (double?)null;
            LogAnswered(
                request.Id, request.Key?.Id, request.Plan?.Route, request.Plan?.Strategy, request.Plan?.Reason, request.Model?.QualifiedName, request.Attempts,
                request.Meter?.Usage?.Input, request.Meter?.Usage?.Output, request.Spending?.Bill is { IsCostKnown: true } bill ? Money.Text(bill.Cost) : null, firstToken, elapsed);
        }
    }

    /// <summary>Writes down a fault of the gateway itself.</summary>
    public void Fault(GatewayRequest request, Exception exception) => LogFault(exception, request.Id);

    [LoggerMessage(4, LogLevel.Error, "{RequestId}: the gateway itself is at fault")]
    private partial void LogFault(Exception exception, string requestId);

    [LoggerMessage(1, LogLevel.Debug, "{RequestId} answered: key {Key}, route {Route} ({Strategy}, {Reason}), model {Model}, attempts {Attempts}, tokens {Input} in, {Output} out, cost {Cost} $, first token {FirstToken} ms, total {Elapsed} ms")]
    private partial void LogAnswered(
        string requestId, string? key, string? route, RoutingStrategy? strategy, RoutingReason? reason, string? model, int attempts,
        long? input, long? output, string? cost, double? firstToken, double elapsed);

    [LoggerMessage(2, LogLevel.Warning, "{RequestId} failed with {Code} (field {Field}): key {Key}, route {Route}, model {Model}, attempts {Attempts}, total {Elapsed} ms")]
    private partial void LogFailed(string requestId, ErrorCode code, string? field, string? key, string? route, string? model, int attempts, double elapsed);

    [LoggerMessage(3, LogLevel.Information, "{RequestId} was abandoned by its client: key {Key}, route {Route}, model {Model}, total {Elapsed} ms")]
    private partial void LogAbandoned(string requestId, string? key, string? route, string? model, double elapsed);
}
