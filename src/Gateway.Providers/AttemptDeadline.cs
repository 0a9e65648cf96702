using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Policies;

namespace Gateway.Providers;

/// <summary>
/// Keeps an attempt's time limits: for a stream until its first token and between two tokens, for an answer in one piece until its end, and
/// for both the end of the request as a whole. Only tokens count: heads, comments and empty events do not restart it.
/// </summary>
internal sealed class AttemptDeadline : IDisposable
{
    /// <summary>How long the end mark and the usage may follow the last token.</summary>
    public static readonly TimeSpan EpilogueLimit = TimeSpan.FromSeconds(5);

    private readonly AttemptRequest _attempt;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _calledOff;
    private readonly long _startedAt;
    private TimeSpan _limit;
    private string _awaited;
    private FailureKind _kind = FailureKind.Timeout;
    private long _since;
    private TimeSpan _left;
    private bool _isWholeRequest;

    /// <param name="attempt">The attempt, which begins now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="calledOff">Ends the attempt from outside.</param>
    public AttemptDeadline(AttemptRequest attempt, TimeProvider time, CancellationToken calledOff)
    {
        _attempt = attempt;
        _time = time;
        _since = _startedAt = time.GetTimestamp();
        (_limit, _awaited) = attempt.Request.Stream
            ? (attempt.Rules.FirstTokenLimitOf(attempt.IsLast), "first token")
            : (attempt.Rules.AnswerLimitOf(attempt.IsLast), "answer");
        _source = new CancellationTokenSource(UntilLimit(), time);
        _calledOff = calledOff.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>Fires when a limit is passed, or the attempt is called off.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The answer comes in one piece although a stream was asked for.</summary>
    public void AwaitWhole()
    {
        _since = _startedAt;
        (_limit, _awaited) = (_attempt.Rules.AnswerLimitOf(_attempt.IsLast), "answer");
        _source.CancelAfter(UntilLimit());
    }

    /// <summary>Stops the clock while the client, not the provider, is the one who is slow.</summary>
    public void Pause()
    {
        _left = UntilLimit();
        _source.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Goes on after <see cref="Pause"/>.</summary>
    /// <param name="hasToken">Whether a token has come meanwhile; then the limit until the next one begins.</param>
    /// <param name="isFinished">Whether every choice is finished, so that only the end mark and the usage are outstanding.</param>
    public void Resume(bool hasToken, bool isFinished)
    {
        var now = _time.GetTimestamp();
        if (hasToken || isFinished)
        {
            var limit = _attempt.Rules.BetweenTokensLimit;
            (_kind, _awaited, _since) = (FailureKind.Stalled, "further token", now);
            _limit = isFinished && limit > EpilogueLimit ? EpilogueLimit : limit;
            _left = UntilLimit();
        }

        _source.CancelAfter(_left);
    }

    /// <summary>The failure of an attempt whose time ran out.</summary>
    public AttemptFailure TimeRanOut()
    {
        var provider = _attempt.Provider.Name;
        var message = _isWholeRequest
            ? $"Provider '{provider}' was still answering when the time for the whole request was over (totalSeconds in failover.yaml)."
            : string.Create(CultureInfo.InvariantCulture, $"Provider '{provider}' gave no {_awaited} within {_limit.TotalSeconds:0.###} s.");
        return new AttemptFailure(new GatewayError(ErrorCode.ProviderTimeout, message), _kind) { IsEndOfRequest = _isWholeRequest };
    }

    public void Dispose()
    {
        _calledOff.Dispose();
        _source.Dispose();
    }

    // Which limit is the next one is kept, not read off the clock afterwards: timers go by a coarser clock than timestamps, the kernel's tick of
    // 1 to 10 ms on Linux, and may fire as much before it.
    private TimeSpan UntilLimit()
    {
        var now = _time.GetTimestamp();
        var left = _limit - _time.GetElapsedTime(_since, now);
        var total = _attempt.Deadline is { } end ? _time.GetElapsedTime(now, end) : TimeSpan.MaxValue;
        _isWholeRequest = total < left;
        if (_isWholeRequest)
        {
            left = total;
        }

        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
