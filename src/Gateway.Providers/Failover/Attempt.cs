using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Gateway.Routing;

namespace Gateway.Providers.Failover;

/// <summary>One call of one model, from its start to its end.</summary>
internal sealed class Attempt
{
    private readonly FailoverServices _services;
    private readonly FailoverRequest _request;
    private readonly Race _race;
    private readonly IClientAnswer _client;
    private readonly TaskCompletionSource<Verdict> _verdict = new();
    private readonly CancellationToken _calledOff;

    public Attempt(FailoverServices services, FailoverRequest request, AttemptPlan plan, Race race, IClientAnswer client, CancellationToken calledOff)
    {
        (_services, _request, Plan, _race, _client, _calledOff) = (services, request, plan, race, client, calledOff);
        Meter = new AnswerMeter(services.Time, request.Request.Choices, plan.Clock, gap => services.Observer.TokenGap(plan.Model, gap)) { Transcript = plan.Transcript };
    }

    public AttemptPlan Plan { get; }

    public ModelCard Model => Plan.Model;

    public AnswerMeter Meter { get; }

    /// <summary>Whether a first token has come.</summary>
    public bool HasToken => Meter.LastTokenAt is not null;

    /// <summary>Whether it has delivered anything to the client.</summary>
    public bool HasClaimed { get; private set; }

    /// <summary>Why it gave no whole answer; null when it did, or was called off.</summary>
    public AttemptFailure? Failure { get; private set; }

    /// <summary>Whether the attempt was ended from outside.</summary>
    public bool IsCalledOff { get; private set; }

    /// <summary>Done when the call has ended, in whatever way; faulted by a fault of the gateway itself.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The record; null while the attempt is under way.</summary>
    public AttemptRecord? Record { get; private set; }

    /// <summary>Sends the call, and waits until it has shown how its model is.</summary>
    public Task<Verdict> StartAsync()
    {
        _services.Observer.AttemptStarted(_request, Model, Plan.Role, Plan.Cause);
        _services.Board.BeginCall(Model);
        Completion = RunAsync();
        return _verdict.Task;
    }

    /// <summary>Takes the client's connection.</summary>
    /// <exception cref="OperationCanceledException">Another attempt has it.</exception>
    public void Claim()
    {
        if (!_race.TryWin(this))
        {
            throw new OperationCanceledException("Another attempt was faster.");
        }

        HasClaimed = true;
        _client.Claim(Model, Meter, Plan.Number);
    }

    /// <summary>The model has shown how it is; only the first word counts.</summary>
    public void Judge(Verdict verdict) => _verdict.TrySetResult(verdict);

    private async Task RunAsync()
    {
        try
        {
            Failure = await _services.ClientFor(Plan.Provider.Dialect).SendAsync(Outgoing(), new AttemptSink(this, _client), Meter, _calledOff).ConfigureAwait(false);
            if (Failure is { Kind: FailureKind.BadRequest } && Plan.Continuation is { Text.Length: > 0 })
            {
                Failure = Failure with { Kind = FailureKind.PrefillRejected };
            }

            // Overtaken, it breaks off in whatever way its client has of breaking off.
            IsCalledOff = Failure is not null && _race.IsDecided && !HasClaimed;
            End();
        }
        catch (OperationCanceledException)
        {
            IsCalledOff = true;
            End();
        }
        catch (Exception unforeseen)
        {
            _services.Board.CancelCall(Model);
            _verdict.TrySetException(unforeseen);
            throw;
        }
    }

    private AttemptRequest Outgoing() => new()
    {
        RequestId = _request.RequestId,
        Provider = Plan.Provider,
        Model = Model,
        Request = _request.Request,
        Key = _request.Key,
        Priority = _request.Priority,
        ClientHeaders = _request.ClientHeaders,
        Rules = Plan.Rules,
        IsLast = Plan.IsLast,
        Deadline = Plan.Deadline,
        Continuation = Plan.Continuation,
    };

    private void End()
    {
        Meter.Clock.EndWait();
        var time = _services.Time;
        var now = time.GetTimestamp();
        var duration = time.GetElapsedTime(Meter.StartedAt, now);
        var firstToken = Meter.OwnFirstTokenAt is { } at ? time.GetElapsedTime(Meter.StartedAt, at) : (TimeSpan?)null;
        Observe(duration, firstToken);
        Record = new AttemptRecord
        {
            Model = Model,
            Role = Plan.Role,
            Outcome = OutcomeNow(),
            StartedAfter = time.GetElapsedTime(_request.StartedAt, Meter.StartedAt),
            Duration = duration,
            FirstToken = firstToken,
            Failure = Failure,
            TokensSeen = Meter.TokensSeen,
            TokensAfterUsage = Meter.TokensAfterUsage,
            Usage = Meter.Usage,
        };
        _request.CallBudget?.Ended(Record);
        _services.Observer.AttemptEnded(_request, Record);
        Judge(IsCalledOff ? Verdict.Unknown : Failure is { } failure && failure.Kind.IsFaultOfModel() ? Verdict.Failed : Verdict.Well);
    }

    private AttemptOutcome OutcomeNow() => (IsCalledOff, Failure) switch
    {
        (true, _) => _race.IsDecided && !HasClaimed ? AttemptOutcome.Overtaken : AttemptOutcome.Abandoned,
        (_, null) => AttemptOutcome.Answered,
        _ => AttemptOutcome.Failed,
    };

    private void Observe(TimeSpan duration, TimeSpan? firstToken)
    {
        var isOvertaken = OutcomeNow() == AttemptOutcome.Overtaken;
        if (IsCalledOff && !isOvertaken)
        {
            _services.Board.CancelCall(Model);
            return;
        }

        var time = _services.Time;
        var profile = _request.Plan.Profile;
        _services.Board.EndCall(Model, new CallObservation
        {
            Route = _request.Plan.Route,
            Task = profile.Task,
            IsFailure = Failure is { } failure && failure.Kind.IsFaultOfModel(),
            IsStream = _request.Request.Stream,

            // What was overtaken would have taken longer still. Left out, the slow ones would vanish from the quantile that they set.
            FirstToken = isOvertaken && _request.Request.Stream ? duration : firstToken,
            Duration = duration,
            Generation = Failure is null && Meter is { OwnFirstTokenAt: { } first, LastTokenAt: { } last } && last > first ? time.GetElapsedTime(first, last) : null,
            InputTokens = isOvertaken || Failure is not null ? null : Meter.Usage?.Input,
            OutputTokens = isOvertaken || Failure is not null || _request.Request.Endpoint == OpenAIEndpoint.Embeddings ? null : Meter.Usage?.Output,
            EstimatedInputTokens = profile.PromptTokens(Model.Tokenizer),
            PrefixHash = profile.PrefixHash,
        });
    }
}
