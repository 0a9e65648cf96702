using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Idempotency;

namespace Gateway.Pipeline;

/// <summary>
/// Has requests with the header <c>Idempotency-Key</c> run once: a retry gets the answer of the run that was or is, whichever gateway makes it, and is
/// not charged. Only whole answers are kept; after a failure a retry runs anew.
/// </summary>
public sealed partial class IdempotencyStage(
    IIdempotencyStore store, IdempotencyOptions options, IdempotencyMetrics metrics, GracefulStop stop, ILogger<IdempotencyStage> logger, TimeProvider time)
{
    private readonly AnswerReplay _replay = new(store, options, time, stop.CutOff);

    /// <summary>Answers the request with what another run made of it, if one did or does; else the request is to be run.</summary>
    /// <returns>Whether it is answered.</returns>
    /// <exception cref="GatewayException">The key was used for another request, its answer is not there any more, or the store does not answer.</exception>
    public async Task<bool> ReplayAsync(GatewayRequest request)
    {
        if (IdempotencyKey.Of(request) is not { } key)
        {
            return false;
        }

        while (true)
        {
            // One for each claim: a run that was given up must not be taken for this one.
            var run = Guid.NewGuid().ToString("N");
            var claim = await ClaimAsync(key, run, request);
            switch (claim.Outcome)
            {
                case ClaimOutcome.Claimed:
                    Continue(request, claim.RequestId);
                    request.Exchange = new IdempotentExchange(
                        request, new IdempotentRun(store, key.Record, run, request.Id, options, time, logger), stop.CutOff);
                    return false;
                case ClaimOutcome.Reused:
                    metrics.Refused();
                    throw new GatewayException(
                        ErrorCode.CallerIdempotencyKeyReused,
                        $"This {IdempotencyKey.Header} was used for a request with another body or path. Send the same bytes to retry, or another key for another request.",
                        IdempotencyKey.Header);
                default:
                    if (await _replay.RunAsync(request, key.Record, claim.Run) is { } stood)
                    {
                        Count(stood);
                        LogReplayed(request.Id, request.Http.Response.Headers[GatewayHeaders.Replayed].ToString());
                        return true;
                    }

                    break;
            }
        }
    }

    /// <summary>The request has ended, in whatever way. Before it is settled: a retry must find the answer before the first one is charged.</summary>
    public async Task EndAsync(GatewayRequest request)
    {
        if (request.Exchange is { } exchange)
        {
            request.Exchange = null;
            await exchange.EndAsync(request.IsAnswered);
            exchange.Dispose();
        }
    }

    /// <summary>Nobody can tell whether the request has run: to run it could charge it twice.</summary>
    internal static GatewayException Unavailable(StoreUnavailableException exception) => new(
        ErrorCode.PolicyIdempotencyUnavailable,
        $"Whether this request has run already cannot be told ({exception.Message}), so it is not run. Try again, or leave {IdempotencyKey.Header} out.",
        IdempotencyKey.Header,
        TimeSpan.FromSeconds(1));

    /// <summary>
    /// In place of a gateway that died in the middle of it, this one goes on under the same id: whatever that one settled is not settled twice.
    /// </summary>
    private void Continue(GatewayRequest request, string id)
    {
        if (id != request.Id)
        {
            LogContinued(id, request.Id);
            request.Http.TraceIdentifier = id;
            request.Http.Response.Headers[GatewayHeaders.RequestId] = id;
        }
    }

    private void Count(RunState stood)
    {
        if (stood == RunState.Running)
        {
            metrics.Joined();
        }
        else
        {
            metrics.Replayed();
        }
    }

    private async Task<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string run, GatewayRequest request)
    {
        try
        {
            return await store.ClaimAsync(key.Record, key.Fingerprint, run, request.Id, options.Lease, options.Retention, request.Http.RequestAborted);
        }
        catch (StoreUnavailableException exception)
        {
            throw Unavailable(exception);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{RequestId} was given the answer of {Original}")]
    private partial void LogReplayed(string requestId, string original);

    [LoggerMessage(2, LogLevel.Warning, "{RequestId} was cut off, and {RetryId} runs it again in its place")]
    private partial void LogContinued(string requestId, string retryId);
}
