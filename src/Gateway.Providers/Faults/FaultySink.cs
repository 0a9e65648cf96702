using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Contracts.Sse;
using Gateway.Policies;

namespace Gateway.Providers.Faults;

/// <summary>
/// Passes an answer on until its fault strikes. Events are observed one by one as they are delivered, so that measurements, and the text
/// that another model may continue from, hold what the client has and nothing that the fault has swallowed.
/// </summary>
internal sealed class FaultySink(
    Fault fault,
    bool isStream,
    IAnswerSink sink,
    AnswerMeter meter,
    AttemptDeadline deadline,
    FaultPause pause,
    CancellationTokenSource call,
    CancellationToken calledOff) : IAnswerSink, IDisposable
{
    private const int MaxEventBytes = 16 * 1024 * 1024;

    private readonly Queue<byte[]> _written = new();
    private readonly SseFramer _framer = new(MaxEventBytes);
    private int _tokens;
    private bool _hasStalled;

    /// <summary>What the client has measured of the answer, delivered or not.</summary>
    public required AnswerMeter Ahead { get; init; }

    /// <summary>How the fault ended the call; null while it has not.</summary>
    public AttemptFailure? Failure { get; private set; }

    public bool HasStarted => sink.HasStarted;

    public async ValueTask SendAsync(AnswerHead head, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (fault.Kind == FaultKind.SlowTokens)
        {
            await pause.WaitAsync(fault.Duration!.Value * Math.Max(1, Ahead.Usage?.Output ?? 1)).ConfigureAwait(false);
        }

        await StrikeAsync().ConfigureAwait(false);
        meter.Observe(AnswerReader.Read(body.Span));
        await sink.SendAsync(head, body, cancellationToken).ConfigureAwait(false);
    }

    public void StartStream(AnswerHead head) => sink.StartStream(head);

    public void WriteEvent(ReadOnlySpan<byte> rawEvent) => _written.Enqueue(rawEvent.ToArray());

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        while (_written.TryDequeue(out var next))
        {
            await ForwardAsync(next, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask CompleteStreamAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        if (fault.Kind == FaultKind.NoDone)
        {
            await MissEndMarkAsync().ConfigureAwait(false);
        }

        meter.Observe(hasToken: false, Ahead.Usage);
        await sink.CompleteStreamAsync(calledOff).ConfigureAwait(false);
    }

    public void Dispose() => _framer.Dispose();

    private async ValueTask ForwardAsync(byte[] rawEvent, CancellationToken cancellationToken)
    {
        if (_tokens >= fault.Tokens)
        {
            await StrikeAsync().ConfigureAwait(false);
        }

        var hasToken = HasToken(rawEvent);
        if (hasToken && fault.Kind == FaultKind.SlowTokens)
        {
            await pause.WaitAsync(fault.Duration!.Value).ConfigureAwait(false);
        }

        Observe(rawEvent);
        _tokens += hasToken ? 1 : 0;
        sink.WriteEvent(rawEvent);
        deadline.Pause();
        await sink.FlushAsync(cancellationToken).ConfigureAwait(false);
        deadline.Resume(hasToken, meter.IsFinished);
    }

    /// <summary>Does what the fault does in the middle of an answer; nothing for those that do it elsewhere.</summary>
    /// <exception cref="OperationCanceledException">The call is over.</exception>
    private async ValueTask StrikeAsync()
    {
        switch (fault.Kind)
        {
            case FaultKind.CutAfter:
                throw End(ErrorCode.ProviderTruncated, FailureKind.Truncated, isStream
                    ? "The provider's stream ended before the answer was complete."
                    : "The provider broke the connection before its answer was complete.");
            case FaultKind.MalformedEvent:
                throw End(ErrorCode.ProviderInvalidResponse, FailureKind.InvalidResponse, isStream
                    ? "The provider sent an event that is not a JSON object."
                    : "The provider's answer is not a JSON object.");
            case FaultKind.StallAfter when !_hasStalled:
                _hasStalled = true;
                await pause.WaitAsync(fault.Duration ?? Timeout.InfiniteTimeSpan).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>A stream whose choices are all finished is whole without an end mark; that none comes shows when its limit is over.</summary>
    private async ValueTask MissEndMarkAsync()
    {
        try
        {
            await pause.WaitAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (meter.IsFinished && !calledOff.IsCancellationRequested)
        {
            return;
        }
    }

    private OperationCanceledException End(ErrorCode code, FailureKind kind, string message)
    {
        Failure = new AttemptFailure(new GatewayError(code, message), kind);

        // Not CancelAsync: it would go on on another thread.
        call.Cancel();
        return new OperationCanceledException(call.Token);
    }

    private bool HasToken(byte[] rawEvent)
    {
        _framer.Append(rawEvent);
        return _framer.TryRead(out var next) && AnswerReader.Read(next.Data).HasToken;
    }

    private void Observe(byte[] rawEvent)
    {
        _framer.Append(rawEvent);
        if (_framer.TryRead(out var next) && AnswerReader.Read(next.Data) is { IsObject: true } facts)
        {
            meter.Observe(facts);
            meter.Transcript?.Append(next.Data);
        }
    }
}
