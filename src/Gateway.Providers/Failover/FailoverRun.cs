using Gateway.Contracts.Errors;
using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>The failover of one request: who is tried next, and after which pause.</summary>
internal sealed class FailoverRun
{
    /// <summary>A provider's wish to be left alone is followed up to this long.</summary>
    private static readonly TimeSpan MaxSuspension = TimeSpan.FromMinutes(10);

    private readonly FailoverServices _services;
    private readonly FailoverRequest _request;
    private readonly FailoverPolicy _policy;
    private readonly RouteFailover _route;
    private readonly CandidateQueue _queue;
    private readonly AttemptRunner _runner;
    private readonly CancellationToken _clientGone;
    private string? _retried;
    private int _retries;

    public FailoverRun(FailoverServices services, FailoverRequest request, IClientAnswer client, CancellationToken clientGone)
    {
        (_services, _request, _clientGone) = (services, request, clientGone);
        _policy = request.Policies.Failover;
        _route = _policy.ForRoute(request.Plan.Route);
        _queue = new CandidateQueue(request.Plan.Candidates);
        _runner = new AttemptRunner(services, request, _route, _queue, client, clientGone);
    }

    public async Task<FailoverResult> RunAsync()
    {
        _services.Retries.Earn(_policy.RetryBudget);
        if (_route.Hedge is { } hedge)
        {
            _services.Hedges.Earn(_request.Plan.Route, hedge);
        }

        AttemptFailure? failure = null;
        var next = TakeNext(AttemptRole.First);
        while (next is { } step && _runner.MayCall)
        {
            if (await _runner.TryAsync(step.Model, step.Role).ConfigureAwait(false) is not { } attempt)
            {
                // Its circuit is open: nothing was sent.
                next = TakeNext(AttemptRole.Failover);
                continue;
            }

            if (attempt.IsCalledOff)
            {
                return new FailoverResult(_runner.Records, Failure: null) { IsAbandoned = true };
            }

            failure = attempt.Failure;
            if (failure is null)
            {
                return Result(failure: null);
            }

            if (attempt.HasClaimed)
            {
                return Result(await new Recovery(_runner, _request, _route, _queue).RunAsync(attempt).ConfigureAwait(false));
            }

            next = await FollowAsync(attempt, failure).ConfigureAwait(false);
        }

        return Result(failure ?? NobodyIsWell());
    }

    /// <summary>A client that went away after its whole answer is none that was lost.</summary>
    private FailoverResult Result(AttemptFailure? failure) => failure is not null && _clientGone.IsCancellationRequested
        ? new FailoverResult(_runner.Records, Failure: null) { IsAbandoned = true }
        : new FailoverResult(_runner.Records, failure) { Meter = _runner.Last?.Meter };

    private Step? TakeNext(AttemptRole role) => _queue.Take() is { } model ? new Step(model, role) : null;

    /// <summary>What follows a failure, after the pause that belongs before it; null when the client is to be told.</summary>
    private async ValueTask<Step?> FollowAsync(Attempt attempt, AttemptFailure failure)
    {
        var rules = attempt.Plan.Rules;
        var action = rules.ActionFor(failure.Kind);
        if (failure.Error.RetryAfter is { } wish && failure.Kind.IsFaultOfModel())
        {
            _services.Board.Suspend(attempt.Model, _services.Time.GetUtcNow() + (wish < MaxSuspension ? wish : MaxSuspension));
        }

        if (action == FailureAction.Retry && PauseBeforeRetry(attempt.Model, rules.Retry, failure) is { } pause)
        {
            _retries++;
            return await PauseAsync(pause).ConfigureAwait(false) ? new Step(attempt.Model, AttemptRole.Retry) : null;
        }

        if (action == FailureAction.Return)
        {
            return null;
        }

        Narrow(attempt.Model, failure.Kind);
        return TakeNext(AttemptRole.Failover);
    }

    /// <summary>
    /// The pause before the same model is tried again; null when it is not to be. A provider that asks for a pause is only waited for when
    /// nobody else is left to answer.
    /// </summary>
    private TimeSpan? PauseBeforeRetry(ModelCard model, RetryPolicy policy, AttemptFailure failure)
    {
        if (_retried != model.QualifiedName)
        {
            (_retried, _retries) = (model.QualifiedName, 0);
        }

        var isWished = failure.Error.RetryAfter is not null;
        var pause = failure.Error.RetryAfter ?? Backoff(policy);
        return _retries < policy.Times
            && !(isWished && (!_queue.IsEmpty || pause > policy.MaxRetryAfter))
            && pause < _runner.TimeLeft

            // The calls that are left are first of all for those who were not asked yet.
            && _runner.CallsLeft > _queue.Count
            && _services.Retries.TrySpend(_policy.RetryBudget)
            ? pause
            : null;
    }

    private TimeSpan Backoff(RetryPolicy policy)
    {
        var full = policy.Backoff * Math.Pow(2, _retries);
        return (full < policy.MaxBackoff ? full : policy.MaxBackoff) * (0.5 + (_services.Jitter.Next() / 2));
    }

    /// <summary>False when the client went away in it.</summary>
    private async ValueTask<bool> PauseAsync(TimeSpan pause)
    {
        _request.Clock.BeginWait();
        try
        {
            await InlineDelay.WaitAsync(pause, _services.Time, _clientGone).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _request.Clock.EndWait();
        }
    }

    private void Narrow(ModelCard failed, FailureKind kind)
    {
        if (_route.Fallbacks.TryGetValue(kind, out var fallbacks))
        {
            _queue.ReplaceBy(fallbacks.Where(_request.Plan.Admits));
        }
        else if (kind == FailureKind.ContextLength)
        {
            _queue.Keep(model => model.ContextWindow > failed.ContextWindow);
        }
    }

    private AttemptFailure NobodyIsWell()
    {
        var soonest = _policy.ForBreaker(_request.Plan.Candidates[0].Provider).OpenFor;
        return new AttemptFailure(
            new GatewayError(
                ErrorCode.ProviderOverloaded,
                $"Every model that may answer '{_request.Plan.Route}' has failed repeatedly and is left alone for a moment. Try again soon.",
                RetryAfter: soonest),
            FailureKind.Overloaded);
    }

    private readonly record struct Step(ModelCard Model, AttemptRole Role);
}
