using System.Collections.Immutable;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>Makes the calls of one request, through the circuit breakers and with hedges where the policy wants them, and keeps their records.</summary>
internal sealed class AttemptRunner(
    FailoverServices services, FailoverRequest request, RouteFailover route, CandidateQueue queue, IClientAnswer client, CancellationToken clientGone)
{
    private readonly List<Attempt> _attempts = [];
    private readonly FailoverPolicy _policy = request.Policies.Failover;
    private readonly long _deadline = request.StartedAt + (long)(route.TotalLimit.TotalSeconds * services.Time.TimestampFrequency);

    /// <summary>In the order of their starts.</summary>
    public ImmutableArray<AttemptRecord> Records => [.. _attempts.Select(attempt => attempt.Record).OfType<AttemptRecord>()];

    /// <summary>The attempt that answered, else the one that ended last; null before the first.</summary>
    public Attempt? Last { get; private set; }

    public TimeSpan TimeLeft => services.Time.GetElapsedTime(services.Time.GetTimestamp(), _deadline);

    /// <summary>How many further calls the request may make.</summary>
    public int CallsLeft => route.MaxAttempts - _attempts.Count;

    /// <summary>Whether the request may make a further call.</summary>
    public bool MayCall => CallsLeft > 0 && TimeLeft > TimeSpan.Zero && !_attempts.Exists(static attempt => attempt.Failure is { IsEndOfRequest: true });

    /// <summary>Calls the model and waits for the end of the call; null when its circuit is open or the call cannot be paid for.</summary>
    public async ValueTask<Attempt?> TryAsync(ModelCard model, AttemptRole role)
    {
        if (route.Hedge is { } hedge && role != AttemptRole.Retry && !queue.IsEmpty && CallsLeft >= 2)
        {
            return await TryHedgedAsync(model, role, hedge).ConfigureAwait(false);
        }

        var attempt = new Attempt(services, request, Plan(model, role, request.Clock), new Race(), client, clientGone);
        return await RunAsync(attempt).ConfigureAwait(false) ? await EndAsync(attempt).ConfigureAwait(false) : null;
    }

    /// <summary>Has the model go on with an answer that broke off; null when its circuit is open or the call cannot be paid for.</summary>
    public async ValueTask<Attempt?> ContinueAsync(ModelCard model, Attempt broken)
    {
        var said = broken.Plan.Transcript;
        var hasContent = broken.Meter.FirstContentTokenAt is not null;
        var continuation = new Continuation(hasContent ? said!.Text : "", hasContent ? said!.Tokens : 0, said?.AnswerId);
        var plan = Plan(model, AttemptRole.Continuation, request.Clock) with
        {
            Continuation = continuation,
            Transcript = said is null ? null : new AnswerTranscript(continuation.Text, continuation.Tokens, continuation.AnswerId),
        };
        var attempt = new Attempt(services, request, plan, new Race(), client, clientGone);
        attempt.Meter.Continue(broken.Meter);
        return await RunAsync(attempt).ConfigureAwait(false) ? await EndAsync(attempt).ConfigureAwait(false) : null;
    }

    private CircuitBreaker BreakerOf(ModelCard model) => services.Breakers.For(model, _policy.ForBreaker(model.Provider));

    /// <summary>False when the circuit is open or the call cannot be paid for: then there was no call.</summary>
    private async ValueTask<bool> RunAsync(Attempt attempt)
    {
        _attempts.Add(attempt);
        if (request.CallBudget is { } budget && !await budget.TryCoverAsync(attempt.Model).ConfigureAwait(false))
        {
            _attempts.Remove(attempt);
            return false;
        }

        var wasCalled = await BreakerOf(attempt.Model).TryRunAsync(attempt).ConfigureAwait(false);
        if (!wasCalled)
        {
            _attempts.Remove(attempt);
            request.CallBudget?.NotMade(attempt.Model);
        }

        return wasCalled;
    }

    private async ValueTask<Attempt> EndAsync(Attempt attempt)
    {
        await attempt.Completion.ConfigureAwait(false);
        if (attempt.HasClaimed && attempt.Failure is { } failure && failure.Kind.IsFaultOfModel())
        {
            await BreakerOf(attempt.Model).ReportFailureAsync().ConfigureAwait(false);
        }

        Last = attempt;
        return attempt;
    }

    private AttemptPlan Plan(ModelCard model, AttemptRole role, WaitClock clock) => new()
    {
        Provider = request.Policies.FindProvider(model.Provider)!,
        Model = model,
        Role = role,
        Rules = _policy.ForAttempt(request.Plan.Route, model.Provider),
        Number = _attempts.Count + 1,
        IsLast = queue.IsEmpty,
        Deadline = _deadline,
        Cause = Last?.Record,
        Clock = clock,
        Transcript = IsContinuable() ? new AnswerTranscript() : null,
    };

    private bool IsContinuable() =>
        route.Recovery == RecoveryMode.Continue
        && request.Request is { Stream: true, Endpoint: OpenAIEndpoint.ChatCompletions, Choices: 1 }
        && request.Plan.Candidates.Any(static candidate => candidate.Prefill != PrefillDialect.None);

    private async ValueTask<Attempt?> TryHedgedAsync(ModelCard model, AttemptRole role, HedgePolicy hedge)
    {
        var race = new Race();
        using var firstOff = CancellationTokenSource.CreateLinkedTokenSource(clientGone);
        var first = new Attempt(services, request, Plan(model, role, new WaitClock(services.Time)), race, client, firstOff.Token);
        var firstJudged = RunAsync(first).AsTask();
        if (await IsJudgedWithinAsync(firstJudged, DelayBeforeHedge(model, hedge)).ConfigureAwait(false) || race.IsDecided || !MayHedge())
        {
            return await firstJudged.ConfigureAwait(false) ? await WinAsync(first, first).ConfigureAwait(false) : null;
        }

        using var secondOff = CancellationTokenSource.CreateLinkedTokenSource(clientGone);
        var second = new Attempt(services, request, Plan(queue.Take()!, AttemptRole.Hedge, new WaitClock(services.Time)), race, client, secondOff.Token);
        var secondJudged = RunAsync(second).AsTask();
        await Task.WhenAny(firstJudged, secondJudged).ConfigureAwait(false);
        if (!race.IsDecided)
        {
            await Task.WhenAll(firstJudged, secondJudged).ConfigureAwait(false);
        }

        var (winner, loser, loserOff) = second.HasClaimed ? (second, first, firstOff) : (first, second, secondOff);
        if (winner.HasClaimed)
        {
            // Not CancelAsync: it would go on on another thread.
            loserOff.Cancel();
        }

        await loser.Completion.ConfigureAwait(false);
        return await WinAsync(winner, first).ConfigureAwait(false);
    }

    /// <summary>The waits of a race are those of its winner, and the time before that one started.</summary>
    private async ValueTask<Attempt> WinAsync(Attempt winner, Attempt first)
    {
        await EndAsync(winner).ConfigureAwait(false);
        request.Clock.Add(services.Time.GetElapsedTime(first.Meter.StartedAt, winner.Meter.StartedAt) + winner.Meter.Clock.Waited);
        return winner;
    }

    private TimeSpan DelayBeforeHedge(ModelCard model, HedgePolicy hedge)
    {
        var observed = services.Board.Current.Find(model.QualifiedName);
        var sketch = request.Request.Stream ? observed?.FirstToken : observed?.Answer;
        return HedgeDelay.Of(hedge, sketch);
    }

    private bool MayHedge() => services.Hedges.TrySpend(request.Plan.Route) && services.Retries.TrySpend(_policy.RetryBudget);

    private async ValueTask<bool> IsJudgedWithinAsync(Task judged, TimeSpan delay)
    {
        using var over = new CancellationTokenSource();
        var first = await Task.WhenAny(judged, Task.Delay(delay, services.Time, over.Token)).ConfigureAwait(false);
        over.Cancel();
        return first == judged;
    }
}
