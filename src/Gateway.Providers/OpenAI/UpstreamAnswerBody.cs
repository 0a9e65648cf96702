using System.Buffers;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// The stream that YARP copies a provider's body into. Events of a stream go on to the client at once through the
/// <see cref="EventStreamTap"/>; any other body is gathered, so that it can be checked, and in an error's case be answered
/// differently, before the client sees a byte.
/// </summary>
internal sealed class UpstreamAnswerBody(
    UpstreamExchange exchange, AttemptRequest attempt, UpstreamEndpoint endpoint, IAnswerSink sink, AnswerMeter meter) : Stream
{
    /// <summary>The largest answer that is gathered, in bytes.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>The same of embeddings: 2,048 vectors of 3,072 numbers, the most that OpenAI gives, take some 130 MB as text.</summary>
    public const int MaxEmbeddingsBytes = 256 * 1024 * 1024;

    private ArrayBufferWriter<byte>? _gathered;
    private EventStreamTap? _tap;

    /// <summary>The body of an answer that was no stream.</summary>
    public ReadOnlyMemory<byte> Gathered => _gathered?.WrittenMemory ?? default;

    /// <summary>The reader of the event stream; null when the answer is none.</summary>
    public EventStreamTap? Tap => exchange.IsStream ? _tap ??= new EventStreamTap(attempt, exchange.Head!, endpoint, sink, meter) : null;

    /// <summary>What the gateway itself found wrong with the body while it passed; null when nothing.</summary>
    public GatewayError? Fault { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Tap is { } tap)
        {
            var lastToken = meter.LastTokenAt;
            exchange.Pause();
            await tap.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            exchange.Resume(hasToken: meter.LastTokenAt != lastToken, isFinished: meter.IsFinished || tap.IsCompleted);
            return;
        }

        Gather(buffer.Span);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _tap?.Dispose();
        base.Dispose(disposing);
    }

    private void Gather(ReadOnlySpan<byte> bytes)
    {
        _gathered ??= new ArrayBufferWriter<byte>(Math.Max(bytes.Length, 256));
        var most = attempt.Request.Endpoint == OpenAIEndpoint.Embeddings ? MaxEmbeddingsBytes : MaxBytes;
        if (_gathered.WrittenCount + bytes.Length > most)
        {
            Fault = new GatewayError(ErrorCode.ProviderInvalidResponse, $"The provider's answer is larger than {most} bytes.");
            throw new InvalidDataException(Fault.Message);
        }

        _gathered.Write(bytes);
    }
}
