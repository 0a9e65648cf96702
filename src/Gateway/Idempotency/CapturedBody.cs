using System.IO.Pipelines;
using Gateway.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Idempotency;

/// <summary>The body of an answer whose bytes go to the client and into an <see cref="IdempotentRun"/>; when the client has gone, into that alone.</summary>
internal sealed class CapturedBody(GatewayRequest request, IHttpResponseBodyFeature client, IdempotentRun run) : IHttpResponseBodyFeature
{
    private readonly CapturedWriter _writer = new(request, client.Writer, run);
    private Stream? _stream;

    public Stream Stream => _stream ??= _writer.AsStream(leaveOpen: true);

    public PipeWriter Writer => _writer;

    public void DisableBuffering() => client.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        run.Begin(request);
        return run.IsDetached ? Task.CompletedTask : client.StartAsync(cancellationToken);
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Answers of models are no files.");

    public Task CompleteAsync() => run.IsDetached ? Task.CompletedTask : client.CompleteAsync();
}
