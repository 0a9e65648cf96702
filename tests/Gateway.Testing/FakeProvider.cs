using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Testing;

/// <summary>
/// An OpenAI-dialect provider on a real loopback socket that answers as scripted and records what it was sent.
/// Queued replies are used first, one per request; then <see cref="RespondWith(Func{RecordedRequest, Reply})"/> decides.
/// With neither, the answer is a 501 whose error code is <c>no_reply_scripted</c>; a function that throws gives <c>script_failed</c>.
/// </summary>
public sealed class FakeProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestCertificate? _certificate;
    private readonly RequestLog _log = new();
    private readonly ConcurrentQueue<Reply> _queue = new();
    private readonly CancellationTokenSource _stopping = new();
    private volatile Func<RecordedRequest, Reply>? _respond;
    private int _connections;

    private FakeProvider(FakeTransport transport)
    {
        _certificate = transport is FakeTransport.Http1Tls or FakeTransport.Http2Tls ? TestCertificate.Create() : null;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = null;
            server.Limits.MinRequestBodyDataRate = null;
            server.Limits.MinResponseDataRate = null;
            server.Listen(IPAddress.Loopback, 0, listen => Configure(listen, transport));
        });
        // With next to no write buffer a flush ends when the bytes are in the socket, so that what a script sent before it cuts
        // the connection is never lost.
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 2);
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>The base URL to give to a client or a provider policy, such as <c>http://127.0.0.1:40123/v1</c>.</summary>
    public string BaseUrl => $"{_app.Urls.Single()}/v1";

    /// <summary>The port that the system chose.</summary>
    public int Port => new Uri(BaseUrl).Port;

    /// <summary>The self-signed certificate of a TLS transport as PEM, to be trusted by the client; null without TLS.</summary>
    public string? CertificatePem => _certificate?.Pem;

    /// <summary>Everything received so far, in order of arrival; a snapshot.</summary>
    public IReadOnlyList<RecordedRequest> Requests => _log.Snapshot();

    /// <summary>How many connections were accepted since the start.</summary>
    public int ConnectionsAccepted => Volatile.Read(ref _connections);

    /// <summary>Starts a provider; it listens when the task completes.</summary>
    public static async Task<FakeProvider> StartAsync(FakeTransport transport = FakeTransport.Http1)
    {
        var provider = new FakeProvider(transport);
        await provider._app.StartAsync();
        return provider;
    }

    /// <summary>Adds replies, each for one request.</summary>
    public void Enqueue(params ReadOnlySpan<Reply> replies)
    {
        foreach (Reply reply in replies)
        {
            _queue.Enqueue(reply);
        }
    }

    /// <summary>Answers every request that finds the queue empty with <paramref name="reply"/>.</summary>
    public void RespondWith(Reply reply) => _respond = _ => reply;

    /// <summary>Answers every request that finds the queue empty with what <paramref name="respond"/> returns for it.</summary>
    public void RespondWith(Func<RecordedRequest, Reply> respond) => _respond = respond;

    /// <summary>Waits until the request at <paramref name="index"/> (from 0) has arrived with its whole body.</summary>
    /// <param name="index">Place in <see cref="Requests"/>.</param>
    /// <param name="timeout">The default is 10 seconds.</param>
    /// <exception cref="TimeoutException">It did not arrive in time.</exception>
    public Task<RecordedRequest> WaitForRequestAsync(int index = 0, TimeSpan? timeout = null) =>
        _log.WaitAsync(index, timeout ?? Wait.DefaultTimeout);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        // A cancelled token makes Kestrel drop open connections instead of draining them.
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _certificate?.Dispose();
        _stopping.Dispose();
    }

    private static Reply Unscripted(string message, string code) => Reply.Error(StatusCodes.Status501NotImplemented, message, code);

    private void Configure(ListenOptions listen, FakeTransport transport)
    {
        listen.Protocols = transport switch
        {
            FakeTransport.Http2Tls => HttpProtocols.Http1AndHttp2,
            FakeTransport.Http2Cleartext => HttpProtocols.Http2,
            _ => HttpProtocols.Http1,
        };
        listen.Use(next => connection =>
        {
            Interlocked.Increment(ref _connections);
            return next(connection);
        });
        if (_certificate is not null)
        {
            listen.UseHttps(_certificate.Certificate);
        }
    }

    private async Task HandleAsync(HttpContext http)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token);
        RecordedRequest request = await RecordedRequest.ReadAsync(http, ended.Token);
        await using var exchange = new Exchange(http, request, ended.Token, _stopping.Token);
        _log.Add(request);
        try
        {
            await Choose(request).SendAsync(exchange);
            request.MarkAnswered();
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client went away, or the provider is being disposed. Returning would complete the message as if it were whole.
            http.Abort();
        }
    }

    private Reply Choose(RecordedRequest request)
    {
        if (_queue.TryDequeue(out Reply? queued))
        {
            return queued;
        }

        try
        {
            return _respond?.Invoke(request)
                ?? Unscripted($"No reply is scripted for {request.Method} {request.Path}.", "no_reply_scripted");
        }
        catch (Exception e)
        {
            // The test's own function failed: its reason belongs into the test's output, which shows what the client received.
            return Unscripted($"The scripted reply failed: {e}", "script_failed");
        }
    }
}
