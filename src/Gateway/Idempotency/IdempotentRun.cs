using System.Buffers;
using Gateway.Budgets;
using Gateway.Pipeline;

namespace Gateway.Idempotency;

/// <summary>
/// The run that makes the answer of a record: it brings what is sent to the client into the store as well, behind the request's back, and
/// tells the store that it lives. When its client goes, it goes on for those who read from the store, and ends when there is none.
/// </summary>
/// <remarks>Fed by one request; its own loop runs beside it.</remarks>
internal sealed partial class IdempotentRun(
    IIdempotencyStore store, string record, string run, string requestId, IdempotencyOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>How often what was gathered is brought into the store: a retry that joins sees a token this much later, at most.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a run without a client asks whether somebody reads.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <summary>For how long those who wait for a run that fails can still read how.</summary>
    private static readonly TimeSpan FailureKept = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _gathered = new();
    private readonly CancellationTokenSource _unwanted = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _startedAt = time.GetTimestamp();
    private byte[]? _head;
    private byte[] _part = [];
    private int _parts;
    private long _size;
    private bool _isOversized;
    private RunState _end = RunState.Running;
    private long? _detachedAt;
    private Task _loop = Task.CompletedTask;

    /// <summary>Cancelled when nobody wants the answer any more.</summary>
    public CancellationToken Unwanted => _unwanted.Token;

    /// <summary>Whether the client has gone.</summary>
    public bool IsDetached
    {
        get
        {
            lock (_lock)
            {
                return _detachedAt is not null;
            }
        }
    }

    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>Takes the head of the answer as it is now, before any of its body; does nothing the second time.</summary>
    public void Begin(GatewayRequest request)
    {
        lock (_lock)
        {
            if (_head is null)
            {
                _head = AnswerRecord.Write(request);
                _size = _head.Length;
            }
        }
    }

    /// <summary>More of the body.</summary>
    public void Gather(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _size += bytes.Length;
            if (_size > options.MaxAnswerBytes)
            {
                _isOversized = true;
                _gathered.ResetWrittenCount();
            }
            else
            {
                _gathered.Write(bytes);
            }
        }
    }

    /// <summary>The client has gone.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _detachedAt ??= time.GetTimestamp();
        }

        if (options.DetachedSeconds == 0)
        {
            GiveUp();
        }
    }

    /// <summary>The answer is not made any further.</summary>
    public void GiveUp() => _unwanted.Cancel();

    /// <summary>
    /// The request has ended. Returns once the store knows, or after a second: should the store not answer, the loop goes on trying for the
    /// length of a lease.
    /// </summary>
    public async Task EndAsync(bool isAnswered)
    {
        lock (_lock)
        {
            _end = !isAnswered ? RunState.Failed : _isOversized ? RunState.Oversized : RunState.Complete;
        }

        _ended.TrySetResult();
        await Task.WhenAny(_loop, Task.Delay(TimeSpan.FromSeconds(1), time));
    }

    private async Task LoopAsync()
    {
        long renewedAt = _startedAt;
        while (true)
        {
            bool isOver = _ended.Task.IsCompleted;
            try
            {
                if (TakePart() || time.GetElapsedTime(renewedAt) >= RenewalInterval())
                {
                    long sentAt = time.GetTimestamp();
                    var hold = await store.AppendAsync(record, run, _parts, _part, options.Lease, CancellationToken.None);
                    if (!hold.IsHeld)
                    {
                        LogReplaced(requestId);
                        return;
                    }

                    _parts += _part.Length > 0 ? 1 : 0;
                    _part = [];
                    renewedAt = sentAt;
                    EndIfUnwanted(hold.SinceRead);
                }
                else if (isOver)
                {
                    await store.FinishAsync(record, run, _end, _end == RunState.Failed ? FailureKept : options.Retention, CancellationToken.None);
                    return;
                }
            }
            catch (StoreUnavailableException exception)
            {
                if (isOver && time.GetElapsedTime(renewedAt) > options.Lease)
                {
                    LogNotKept(requestId, exception.Message);
                    return;
                }

                EndIfUnwanted(sinceRead: null);
            }

            await WaitAsync(isOver);
        }
    }

    /// <summary>Until the next tick, or the end of the request; after it, as long as the store takes what it is given, not at all.</summary>
    private Task WaitAsync(bool isOver) => !isOver
        ? Task.WhenAny(_ended.Task, Task.Delay(Tick, time))
        : _part.Length > 0 ? Task.Delay(Tick, time) : Task.CompletedTask;

    /// <summary>Takes what was gathered as the next part, the head first; a part that the store did not take yet stays.</summary>
    private bool TakePart()
    {
        lock (_lock)
        {
            if (_part.Length == 0 && _head is not null && _parts == 0)
            {
                _part = _head;
            }
            else if (_part.Length == 0 && _gathered.WrittenCount > 0)
            {
                _part = _gathered.WrittenSpan.ToArray();
                _gathered.ResetWrittenCount();
            }

            return _part.Length > 0;
        }
    }

    private TimeSpan RenewalInterval()
    {
        var third = options.Lease / 3;
        return IsDetached && third > WatchInterval ? WatchInterval : third;
    }

    /// <summary>Nobody wants what neither the client nor anybody else has read for long enough.</summary>
    private void EndIfUnwanted(TimeSpan? sinceRead)
    {
        long? detachedAt;
        lock (_lock)
        {
            detachedAt = _detachedAt;
        }

        if (detachedAt is { } since && time.GetElapsedTime(since) > options.Detached && (sinceRead is null || sinceRead > options.Detached))
        {
            GiveUp();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{RequestId}: the store did not hear of it for longer than its lease, so that a retry may have begun the same request anew; its answer is not kept")]
    private partial void LogReplaced(string requestId);

    [LoggerMessage(2, LogLevel.Warning, "{RequestId}: its answer could not be kept, so that a retry with the same Idempotency-Key would run, and be charged, again: {Problem}")]
    private partial void LogNotKept(string requestId, string problem);
}
