using Gateway.Providers.Failover;
using Gateway.Spending;

namespace Gateway.Pipeline;

/// <summary>Has the plan carried out under the failover policy, and tells the client when it gave no whole answer.</summary>
public sealed class DispatchStage(FailoverExecutor failover, RequestSettler settler)
{
    public async Task RunAsync(GatewayRequest request)
    {
        // Disposed of with the request: the answer cancels it when it finds the client gone.
        using var clientGone = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted);
        var answer = new ClientAnswer(request, settler, clientGone);
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
            clientGone.Token);
        request.Calls = result.Attempts;
        if (result.IsAbandoned)
        {
            throw new OperationCanceledException(clientGone.Token);
        }

        if (result.Failure is { } failure)
        {
            request.Attempts = result.Attempts.Length;
            request.Model = result.Attempts is [.., var last] ? last.Model : request.Plan!.Candidates[0];
            request.Meter = result.Meter;
            request.Error = failure.Error;

            // Before the client hears of it, as with answers.
            await settler.SettleAsync(request);
            await answer.FailAsync(failure);
        }
    }
}
