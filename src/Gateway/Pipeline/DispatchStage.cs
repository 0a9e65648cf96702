using System.Collections.Frozen;
using Gateway.Contracts.Errors;
using Gateway.Metering;
using Gateway.Policies;
using Gateway.Providers;

namespace Gateway.Pipeline;

/// <summary>
/// Tries the candidates of the plan in their order. As long as nothing has gone to the client, a candidate that fails through no fault
/// of the caller gives way to the next; the last failure is the answer when all have failed.
/// </summary>
public sealed partial class DispatchStage(IEnumerable<IProviderClient> clients, AttemptMetrics metrics, TimeProvider time, ILogger<DispatchStage> logger)
{
    private readonly FrozenDictionary<ProviderDialect, IProviderClient> _clients = clients.ToFrozenDictionary(client => client.Dialect);

    public async Task RunAsync(GatewayRequest request)
    {
        request.Meter = new AnswerMeter(time, request.Body!.Choices, request.Clock, gap => metrics.RecordGap(request.Model!, gap));
        using var clientGone = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted);
        var answer = new ClientAnswer(request, clientGone);
        AttemptFailure? failure = null;
        foreach (var model in request.Plan!.Candidates)
        {
            request.Attempts++;
            request.Model = model;
            request.Meter.Reset();
            failure = await TryAsync(request, model, answer, clientGone.Token);
            if (failure is null || answer.HasStarted || !failure.MayFailOver)
            {
                break;
            }

            LogAttemptFailed(request.Id, request.Attempts, model.QualifiedName, failure.Error.Code, failure.Error.Message);
        }

        if (failure is not null)
        {
            request.Error = failure.Error;
            await answer.FailAsync(failure);
        }
    }

    private async Task<AttemptFailure?> TryAsync(GatewayRequest request, ModelCard model, ClientAnswer answer, CancellationToken clientGone)
    {
        var provider = request.Policies.FindProvider(model.Provider)!;
        var attempt = new AttemptRequest
        {
            RequestId = request.Id,
            Provider = provider,
            Model = model,
            Request = request.Body!,
            ClientHeaders = request.Http.Request.Headers,
        };
        AttemptFailure? failure = null;
        var hasEnded = false;
        try
        {
            failure = await _clients[provider.Dialect].SendAsync(attempt, answer, request.Meter!, clientGone);
            hasEnded = true;
            return failure;
        }
        finally
        {
            request.Clock.EndWait();
            metrics.Record(request, hasEnded, failure);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{RequestId} attempt {Attempt} failed: model {Model}, {Code}: {Reason}")]
    private partial void LogAttemptFailed(string requestId, int attempt, string model, ErrorCode code, string reason);
}
