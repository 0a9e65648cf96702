using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Pipeline;

/// <summary>The way of one request: the stages in their order, and what becomes of a request that a stage refuses.</summary>
public sealed class GatewayPipeline(
    PolicyStore policies,
    AuthenticateStage authenticate,
    ReadStage read,
    IdempotencyStage idempotency,
    PlanStage plan,
    ReserveStage reserve,
    DispatchStage dispatch,
    SettleStage settle,
    RecordStage record,
    GatewayLoad load,
    TimeProvider time)
{
    public async Task RunAsync(HttpContext http, OpenAIEndpoint endpoint)
    {
        var request = new GatewayRequest(http, endpoint, policies.Current, time);
        record.Begin(request);
        load.Enter();
        try
        {
            authenticate.Run(request);
            await read.RunAsync(request);
            if (await idempotency.ReplayAsync(request))
            {
                request.IsAnswered = request.Error is null;
                return;
            }

            plan.Run(request);
            await reserve.RunAsync(request);
            await dispatch.RunAsync(request);
            request.IsAnswered = request.Error is null;
        }
        catch (GatewayException exception)
        {
            request.Error = exception.Error;
            await ErrorAnswer.WriteAsync(http, exception.Error);
        }
        catch (OperationCanceledException) when (request.IsAbandoned || http.RequestAborted.IsCancellationRequested)
        {
            request.IsAbandoned = true;
        }
        catch (Exception exception) when (exception is not AnswerBrokenException && !http.Response.HasStarted)
        {
            // A fault of our own: the client gets an answer that it can parse, the log gets the rest.
            request.Error = new GatewayError(ErrorCode.ProviderInternal, $"The gateway failed at this request. Quote its id {request.Id} to whoever runs the gateway.");
            record.Fault(request, exception);
            await ErrorAnswer.WriteAsync(http, request.Error);
        }
        finally
        {
            load.Leave();
            await idempotency.EndAsync(request);
            await settle.RunAsync(request);
            record.Run(request);
        }
    }
}
