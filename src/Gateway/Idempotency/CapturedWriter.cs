using System.IO.Pipelines;
using Gateway.Pipeline;

namespace Gateway.Idempotency;

/// <summary>
/// Writes to the client what an <see cref="IdempotentRun"/> gathers as well. To a client that has gone nothing is written, and that is no end.
/// </summary>
internal sealed class CapturedWriter(GatewayRequest request, PipeWriter client, IdempotentRun run) : PipeWriter
{
    private const int MinBuffer = 4096;

    private byte[] _unsent = [];
    private Memory<byte> _buffer;
    private bool _isForClient;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        _isForClient = !run.IsDetached;
        if (!_isForClient && _unsent.Length < Math.Max(sizeHint, MinBuffer))
        {
            _unsent = new byte[Math.Max(sizeHint, MinBuffer)];
        }

        return _buffer = _isForClient ? client.GetMemory(sizeHint) : _unsent;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        run.Begin(request);
        run.Gather(_buffer.Span[..bytes]);
        if (_isForClient)
        {
            client.Advance(bytes);
        }
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (run.IsDetached)
        {
            return default;
        }

        try
        {
            if ((await client.FlushAsync(cancellationToken)).IsCompleted)
            {
                run.Detach();
            }
        }
        catch (Exception exception) when (
            run.IsDetached && !cancellationToken.IsCancellationRequested && exception is IOException or OperationCanceledException)
        {
            // The client left in the middle of it.
        }

        cancellationToken.ThrowIfCancellationRequested();
        return default;
    }

    public override void CancelPendingFlush() => client.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => client.Complete(exception);
}
