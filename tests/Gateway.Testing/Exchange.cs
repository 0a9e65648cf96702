using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Gateway.Testing;

/// <summary>One request on its connection, with the ways in which a script may end it.</summary>
internal sealed class Exchange : IAsyncDisposable
{
    private readonly HttpContext _http;
    private readonly CancellationTokenRegistration _onAbort;

    public Exchange(HttpContext http, RecordedRequest request, CancellationToken ended, CancellationToken stopping)
    {
        _http = http;
        Request = request;
        Ended = ended;
        _onAbort = http.RequestAborted.Register(() =>
        {
            if (!stopping.IsCancellationRequested)
            {
                request.MarkClientAborted();
            }
        });
    }

    public RecordedRequest Request { get; }

    public HttpResponse Response => _http.Response;

    /// <summary>Fires when the client goes away or the provider is disposed.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Writes nothing more and keeps the connection open until the client goes away.</summary>
    public Task StaySilentAsync() => Task.Delay(Timeout.InfiniteTimeSpan, Ended);

    /// <summary>Cuts the connection with a TCP reset; over HTTP/2, where others share the connection, resets the stream.</summary>
    public async Task ResetAsync()
    {
        await _onAbort.DisposeAsync();
        if (Socket() is { } socket)
        {
            // A zero linger time makes the close send RST in place of FIN.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        _http.Abort();
    }

    /// <summary>Ends the connection with a FIN wherever the message stands; over HTTP/2, resets the stream.</summary>
    public async Task CloseAsync()
    {
        await _onAbort.DisposeAsync();
        Socket()?.Shutdown(SocketShutdown.Send);
        _http.Abort();
    }

    public ValueTask DisposeAsync() => _onAbort.DisposeAsync();

    private Socket? Socket() =>
        HttpProtocol.IsHttp2(_http.Request.Protocol) ? null : _http.Features.Get<IConnectionSocketFeature>()?.Socket;
}
