using System.Buffers;

namespace Gateway.Providers.Failover;

/// <summary>
/// Stands between an attempt and the client. A stream is held back until its first token, so that an attempt which has only sent its
/// opening, or keep-alive comments, can still give way to another one without a trace.
/// </summary>
internal sealed class AttemptSink(Attempt attempt, IClientAnswer client) : IAnswerSink
{
    /// <summary>What is held back at most, in bytes. A provider that sends more without a token is delivered as it is.</summary>
    private const int MaxHeldBytes = 1024 * 1024;

    private AnswerHead? _head;
    private ArrayBufferWriter<byte>? _held;
    private bool _isDelivering;

    public bool HasStarted => _head is not null;

    public ValueTask SendAsync(AnswerHead head, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        _head = head;
        attempt.Claim();
        _isDelivering = true;
        return client.SendAsync(head, body, cancellationToken);
    }

    public void StartStream(AnswerHead head) => _head = head;

    public void WriteEvent(ReadOnlySpan<byte> rawEvent)
    {
        if (_isDelivering)
        {
            client.WriteEvent(rawEvent);
        }
        else
        {
            (_held ??= new ArrayBufferWriter<byte>(Math.Max(rawEvent.Length, 512))).Write(rawEvent);
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (!_isDelivering)
        {
            if (!attempt.HasToken && !(_held?.WrittenCount > MaxHeldBytes))
            {
                return;
            }

            Deliver();
        }

        await client.FlushAsync(cancellationToken).ConfigureAwait(false);
        attempt.Judge(Verdict.Well);
    }

    public async ValueTask CompleteStreamAsync(CancellationToken cancellationToken)
    {
        if (!_isDelivering)
        {
            Deliver();
        }

        await client.CompleteStreamAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Deliver()
    {
        attempt.Claim();
        _isDelivering = true;
        if (!client.HasStarted)
        {
            client.StartStream(_head!);
        }

        if (_held is { WrittenCount: > 0 } held)
        {
            client.WriteEvent(held.WrittenSpan);
            _held = null;
        }
    }
}
