using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Gateway.Redis.Protocol;

/// <summary>
/// One connection, shared by all callers. Commands are written at once, those that come while others are being written together, and replies
/// come in the order of the commands. So a call takes one write and one wakeup, and never a thread of its own. Safe for concurrent use.
/// </summary>
internal sealed class RespConnection : IAsyncDisposable
{
    private const int ReadSize = 16 * 1024;

    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly ITimer _watch;
    private readonly Task _reading;
    private readonly Action _closed;
    private readonly Lock _lock = new();
    private readonly Queue<RespCall> _sent = new();
    private RespWriter _next = new();
    private RespWriter _writing = new();
    private bool _isWriting;
    private TaskCompletionSource? _nextWritten;
    private Exception? _end;

    private RespConnection(Stream stream, TimeSpan timeout, TimeProvider time, Action closed)
    {
        (_stream, _timeout, _time, _closed) = (stream, timeout, time, closed);
        var period = TimeSpan.FromMilliseconds(Math.Clamp(timeout.TotalMilliseconds / 10, 10, 100));
        _watch = time.CreateTimer(static state => ((RespConnection)state!).GiveUpLate(), this, period, period);
        _reading = Task.Run(ReadAsync);
    }

    public bool IsClosed => Volatile.Read(ref _end) is not null;

    /// <param name="tlsHost">The name in the server's certificate; null for no TLS.</param>
    /// <param name="timeout">The longest that a reply may take.</param>
    /// <param name="closed">Called once it is closed, by whichever side.</param>
    /// <exception cref="SocketException">Nobody listens there, or nobody can be reached.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The certificate is not to be trusted.</exception>
    public static async Task<RespConnection> ConnectAsync(
        EndPoint endPoint, string? tlsHost, TimeSpan timeout, TimeProvider time, Action closed, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            // A peer that went away without a word is found out although nothing is sent.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            await socket.ConnectAsync(endPoint, cancellationToken);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (tlsHost is not null)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = tlsHost }, cancellationToken);
            }

            return new RespConnection(stream, timeout, time, closed);
        }
        catch
        {
            socket.Dispose();
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Sends a command.</summary>
    /// <param name="startedAt">Timestamp from which on it is counted for how long the reply takes.</param>
    /// <param name="isAsking">Whether the node is asked for a key that is on its way to it (<c>ASKING</c>).</param>
    /// <param name="write">Writes the command, whole, to the buffer of the connection.</param>
    /// <param name="written">Ends when the socket has taken it: it is on its way then, whatever becomes of this process. Cancelled when it never will; the reply says why.</param>
    /// <returns>Its reply, which may be an error of Redis.</returns>
    /// <exception cref="TimeoutException">No reply came in time. The command may have been carried out, or may yet be.</exception>
    /// <exception cref="IOException">The connection broke. Likewise.</exception>
    public Task<RedisReply> SendAsync<TState>(long startedAt, bool isAsking, TState state, Action<TState, RespWriter> write, out Task written)
    {
        var call = new RespCall(startedAt);
        lock (_lock)
        {
            if (_end is not null)
            {
                written = Task.FromCanceled(new CancellationToken(canceled: true));
                return Task.FromException<RedisReply>(_end);
            }

            if (isAsking)
            {
                _next.Array(1);
                _next.Bulk("ASKING"u8);
                _sent.Enqueue(new RespCall(startedAt));
            }

            write(state, _next);
            _sent.Enqueue(call);
            if (_isWriting)
            {
                written = (_nextWritten ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                return call.Task;
            }

            _isWriting = true;
        }

        // Usually done when it returns: the buffers of the socket take it.
        written = WriteAsync();
        return call.Task;
    }

    public async ValueTask DisposeAsync()
    {
        Close(new IOException("The connection was closed."));
        await _reading;
    }

    private async Task WriteAsync()
    {
        TaskCompletionSource? written = null;
        try
        {
            while (true)
            {
                lock (_lock)
                {
                    _writing.Clear();
                    if (_next.Written.IsEmpty)
                    {
                        _isWriting = false;
                        return;
                    }

                    (_writing, _next) = (_next, _writing);
                    (written, _nextWritten) = (_nextWritten, null);
                }

                await _stream.WriteAsync(_writing.Written).ConfigureAwait(false);
                written?.TrySetResult();
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, nothing more can be sent here, and who waits must know.
            written?.TrySetCanceled();
            Close(exception as IOException ?? new IOException("The connection was closed.", exception));
            throw new OperationCanceledException(null, exception);
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[ReadSize];
        int filled = 0;
        try
        {
            while (true)
            {
                int read = await _stream.ReadAsync(buffer.AsMemory(filled)).ConfigureAwait(false);
                if (read == 0)
                {
                    throw new IOException("The connection was closed by Redis.");
                }

                filled += read;
                int consumed = Answer(buffer.AsSpan(0, filled));
                filled -= consumed;
                buffer.AsSpan(consumed, filled).CopyTo(buffer);
                if (filled == buffer.Length)
                {
                    // Twice as large each time, so that a long reply is not looked at from its beginning too often.
                    Array.Resize(ref buffer, buffer.Length * 2);
                }
                else if (filled == 0 && buffer.Length > ReadSize * 16)
                {
                    buffer = new byte[ReadSize];
                }
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, nothing more is read here, and who waits must know.
            Close(exception as IOException ?? new IOException("The connection was closed.", exception));
        }
    }

    /// <returns>How many bytes were whole replies.</returns>
    private int Answer(ReadOnlySpan<byte> bytes)
    {
        var parser = new RespParser(bytes);
        while (parser.TryRead(out var reply))
        {
            RespCall? call;
            lock (_lock)
            {
                if (!_sent.TryDequeue(out call))
                {
                    throw new FormatException("Redis sent a reply that nothing asked for.");
                }
            }

            // Given up already when it came too late.
            call.TrySetResult(reply);
        }

        return parser.Consumed;
    }

    /// <summary>Gives up the calls that wait for too long. They stay in their places, so that replies that come late are not taken for others'.</summary>
    private void GiveUpLate()
    {
        List<RespCall>? late = null;
        lock (_lock)
        {
            foreach (var call in _sent)
            {
                if (!call.Task.IsCompleted && _time.GetElapsedTime(call.StartedAt) >= _timeout)
                {
                    (late ??= []).Add(call);
                }
            }
        }

        foreach (var call in late ?? [])
        {
            call.Fail(new TimeoutException("No reply came in time."));
        }
    }

    private void Close(Exception reason)
    {
        RespCall[] open;
        lock (_lock)
        {
            if (_end is not null)
            {
                return;
            }

            Volatile.Write(ref _end, reason);
            open = [.. _sent];
            _sent.Clear();
            _nextWritten?.TrySetCanceled();
        }

        _closed();
        _watch.Dispose();
        _stream.Dispose();
        foreach (var call in open)
        {
            call.Fail(reason);
        }
    }
}
