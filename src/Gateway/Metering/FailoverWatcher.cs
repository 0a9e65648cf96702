using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Contracts.Errors;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Tracing;

namespace Gateway.Metering;

/// <summary>Turns what failover does into metrics, spans and log lines.</summary>
public sealed partial class FailoverWatcher : IFailoverObserver
{
    private readonly AttemptMetrics _metrics;
    private readonly RequestTracer _tracer;
    private readonly ILogger<FailoverWatcher> _logger;
    private readonly ConcurrentDictionary<(string Provider, string Model), CircuitState> _circuits = new();

    public FailoverWatcher(AttemptMetrics metrics, RequestTracer tracer, GatewayMeter meter, ILogger<FailoverWatcher> logger)
    {
        (_metrics, _tracer, _logger) = (metrics, tracer, logger);
        meter.Observe(MetricCatalogue.BreakerState, () => _circuits.Select(circuit => new Measurement<double>(
            (int)circuit.Value,
            new KeyValuePair<string, object?>(MetricLabel.Model, circuit.Key.Model),
            new KeyValuePair<string, object?>(MetricLabel.Provider, circuit.Key.Provider))));
    }

    public void AttemptStarted(FailoverRequest request, ModelCard model, AttemptRole role, AttemptRecord? cause)
    {
        if (role is AttemptRole.Failover or AttemptRole.Continuation)
        {
            _metrics.RecordFailover(
                (cause?.Model ?? request.Plan.Candidates[0]).QualifiedName,
                model.QualifiedName,
                cause?.Failure is { } failure ? FailureKindNames.Of(failure.Kind) : MetricLabel.CircuitOpen);
        }
    }

    public void TokenGap(ModelCard model, TimeSpan gap) => _metrics.RecordGap(model, gap);

    public void AttemptEnded(FailoverRequest request, AttemptRecord record)
    {
        _metrics.Record(request, record);
        _tracer.Record(request, record);
        if (record.Failure is { } failure)
        {
            LogAttemptFailed(request.RequestId, record.Role, record.Model.QualifiedName, FailureKindNames.Of(failure.Kind), failure.Error.Code, failure.Error.Message, record.Duration.TotalMilliseconds);
        }
    }

    public void CircuitChanged(ModelCard model, CircuitState state)
    {
        _circuits[(model.Provider, model.Name)] = state;
        LogCircuit(model.QualifiedName, state);
    }

    [LoggerMessage(1, LogLevel.Warning, "{RequestId} attempt ({Role}) failed: model {Model}, {Kind}, {Code}: {Reason} after {Elapsed} ms")]
    private partial void LogAttemptFailed(string requestId, AttemptRole role, string model, string kind, ErrorCode code, string reason, double elapsed);

    [LoggerMessage(2, LogLevel.Warning, "The circuit of {Model} is now {State}")]
    private partial void LogCircuit(string model, CircuitState state);
}
