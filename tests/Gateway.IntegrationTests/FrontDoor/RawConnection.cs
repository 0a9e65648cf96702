using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>One TCP connection to the gateway on which a test writes what no HTTP client would.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private RawConnection()
    {
    }

    public static async Task<RawConnection> OpenAsync(Uri url)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, url.Port));
        return connection;
    }

    /// <summary>Connects, sends everything, and reads to the end: let the text ask for <c>Connection: close</c>.</summary>
    public static async Task<string> AskAsync(Uri url, string text)
    {
        using var connection = await OpenAsync(url);
        await connection.SendAsync(text);
        return await connection.ReadToEndAsync();
    }

    /// <summary>Sends text as Latin-1, one byte per character.</summary>
    public async Task SendAsync(string text)
    {
        using var limit = new CancellationTokenSource(Limit);
        await _socket.SendAsync(Encoding.Latin1.GetBytes(text), limit.Token);
    }

    /// <summary>Everything up to the end of the connection, be it a regular one or a reset; at most 20 seconds.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var received = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (await _socket.ReceiveAsync(buffer, limit.Token) is > 0 and var count)
            {
                received.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // The gateway closed while bytes of ours were still unread.
        }

        return received.ToString();
    }

    /// <summary>Waits for bytes of the answer; none at its end.</summary>
    public async Task<string> ReadSomeAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var buffer = new byte[16 * 1024];
        return Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer, limit.Token));
    }

    /// <summary>Reads until what has come has <paramref name="end"/> in it.</summary>
    public async Task ReadUntilAsync(string end)
    {
        var received = "";
        while (!received.Contains(end, StringComparison.Ordinal))
        {
            received += await ReadSomeAsync() is { Length: > 0 } more ? more : throw new EndOfStreamException(received);
        }
    }

    /// <summary>Drops the connection with a TCP reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}
