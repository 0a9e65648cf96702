using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Testing;

/// <summary>A loopback listener that plays the same byte script on every connection, for what no HTTP server would send.</summary>
public sealed class RawTcpUpstream : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<byte[]> _requests = new();
    private readonly RawStep[] _script;
    private readonly Task _accepting;
    private int _connections;

    private RawTcpUpstream(RawStep[] script)
    {
        _script = script;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port that the system chose.</summary>
    public int Port { get; }

    /// <summary>The base URL to give to a client or a provider policy.</summary>
    public string BaseUrl => $"http://127.0.0.1:{Port}/v1";

    /// <summary>How many connections were accepted.</summary>
    public int ConnectionsAccepted => Volatile.Read(ref _connections);

    /// <summary>The bytes of every request that a <see cref="RawStep.ReadRequest"/> step has read.</summary>
    public IReadOnlyList<byte[]> Requests => [.. _requests];

    public static RawTcpUpstream Start(params RawStep[] script) => new(script);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var playing = new List<Task>();
        try
        {
            while (true)
            {
                Socket connection = await _listener.AcceptAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                playing.Add(PlayAsync(connection));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(playing);
        }
    }

    private async Task PlayAsync(Socket connection)
    {
        using (connection)
        {
            connection.NoDelay = true;
            try
            {
                foreach (RawStep step in _script)
                {
                    await PlayAsync(connection, step);
                }

                connection.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The client closed first, the script cut the connection, or the test is over.
            }
        }
    }

    private async Task PlayAsync(Socket connection, RawStep step)
    {
        switch (step)
        {
            case RawStep.Read:
                _requests.Enqueue(await RawRequest.ReadAsync(connection, _stopping.Token));
                break;
            case RawStep.Write write:
                await connection.SendAsync(write.Bytes, _stopping.Token);
                break;
            case RawStep.Await wait:
                await wait.Wait(_stopping.Token);
                break;
            case RawStep.AwaitEnd:
                while (await connection.ReceiveAsync(new byte[1024], _stopping.Token) > 0)
                {
                }

                break;
            case RawStep.Cut:
                // A zero linger time makes the close send RST in place of FIN.
                connection.LingerState = new LingerOption(enable: true, seconds: 0);
                connection.Close();
                throw new OperationCanceledException("The script cut the connection.");
        }
    }
}
