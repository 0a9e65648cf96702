using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Providers;
using Gateway.Providers.Failover;
using Gateway.Spending;

namespace Gateway.Pipeline;

/// <summary>Has the plan carried out under the failover policy, and tells the client when it gave no whole answer.</summary>
public sealed class DispatchStage(FailoverExecutor failover, RequestSettler settler, GracefulStop stop)
{
    public async Task RunAsync(GatewayRequest request)
    {
        // Disposed of with the request: the answer cancels it when it finds the client gone.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted, stop.CutOff);
        var answer = new ClientAnswer(request, settler, over);
        var result = await failover.RunAsync(
            new FailoverRequest
            {
                RequestId = request.Id,
                Policies = request.Policies,
                Plan = request.Plan!,
                Request = request.Body!,
                Key = request.Key,
                Priority = request.Priority,
                ClientHeaders = request.Http.Request.Headers,
                StartedAt = request.StartedAt,
                Clock = request.Clock,
                CallBudget = request.Spending,
            },
            answer,
            over.Token);
        request.Calls = result.Attempts;
        if (result.Failure is { } failure)
        {
            await FailAsync(request, answer, result, failure.Error, failure.Answer);
        }
        else if (result.IsAbandoned)
        {
            if (request.IsAbandoned || request.Http.RequestAborted.IsCancellationRequested)
            {
                throw new OperationCanceledException(over.Token);
            }

            // The client is still there: it is the gateway that goes.
            await FailAsync(request, answer, result, GracefulStop.Error, told: null);
        }
    }

    private async Task FailAsync(GatewayRequest request, ClientAnswer answer, FailoverResult result, GatewayError error, ProviderAnswer? told)
    {
        request.Attempts = result.Attempts.Length;
        request.Model = result.Attempts is [.., var last] ? last.Model : request.Plan!.Candidates[0];
        request.Meter = result.Meter ?? request.Meter;
        request.Error = error;

        // Before the client hears of it, as with answers.
        await settler.SettleAsync(request);
        await answer.FailAsync(error, told);
    }
}
