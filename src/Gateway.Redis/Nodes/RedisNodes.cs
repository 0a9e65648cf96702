using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Redis.Protocol;
using StackExchange.Redis;

namespace Gateway.Redis.Nodes;

/// <summary>
/// The connections, one to each node that was needed. A cluster is found out from its answers: it says where a key has moved to. Safe for
/// concurrent use.
/// </summary>
/// <param name="options">Where Redis is, and how one signs in.</param>
/// <param name="timeout">The longest that a reply may take.</param>
/// <param name="giveUpAfter">The longest that connecting may take.</param>
internal sealed class RedisNodes(ConfigurationOptions options, TimeSpan timeout, TimeSpan giveUpAfter, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<EndPoint, NodeConnection> _connections = [];
    private readonly Dictionary<int, EndPoint> _slots = [];
    private int _first;
    private int _lost;
    private bool _isDisposed;

    /// <summary>The node that has the key, as far as is known; else the one that was configured.</summary>
    public EndPoint NodeOf(string key)
    {
        lock (_lock)
        {
            return _slots.Count > 0 && _slots.TryGetValue(KeySlot.Of(Encoding.UTF8.GetBytes(key)), out var node) ? node : Configured_NeedsLock;
        }
    }

    /// <summary>How many connections have come to an end.</summary>
    public int Lost => Volatile.Read(ref _lost);

    /// <summary>The connection to a node. It is made where there is none, or none any more.</summary>
    public Task<RespConnection> ConnectionTo(EndPoint node)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_connections.TryGetValue(node, out var known) && known.IsUsable)
            {
                return known.Made;
            }

            // On the pool: nothing of it is done on the caller's way.
            var connection = new NodeConnection(() => ConnectAsync(node));
            _connections[node] = connection;
            return connection.Made;
        }
    }

    /// <summary>A node said which other has the slot of a key.</summary>
    public void Moved(int slot, EndPoint node)
    {
        lock (_lock)
        {
            _slots[slot] = node;
        }
    }

    /// <summary>A node cannot be reached, or takes no writes: what it had may be elsewhere by now.</summary>
    public void Avoid(EndPoint node)
    {
        lock (_lock)
        {
            foreach (int slot in _slots.Where(entry => entry.Value.Equals(node)).Select(entry => entry.Key).ToList())
            {
                _slots.Remove(slot);
            }

            if (Configured_NeedsLock.Equals(node))
            {
                _first = (_first + 1) % options.EndPoints.Count;
            }
        }
    }

    /// <summary>Gives up all connections for new ones.</summary>
    public void Replace()
    {
        List<NodeConnection> stale;
        lock (_lock)
        {
            stale = [.. _connections.Values];
            _connections.Clear();
        }

        foreach (var connection in stale)
        {
            _ = CloseAsync(connection.Made);
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<NodeConnection> open;
        lock (_lock)
        {
            _isDisposed = true;
            open = [.. _connections.Values];
            _connections.Clear();
        }

        foreach (var connection in open)
        {
            // One that is still being made ends by its own limit; nobody need wait for that.
            var closing = CloseAsync(connection.Made);
            if (connection.Made.IsCompleted)
            {
                await closing;
            }
        }
    }

    private EndPoint Configured_NeedsLock => options.EndPoints[_first];

    public static string HostOf(EndPoint node) => node is DnsEndPoint dns ? dns.Host : ((IPEndPoint)node).Address.ToString();

    private async Task<RespConnection> ConnectAsync(EndPoint node)
    {
        using var limit = new CancellationTokenSource(giveUpAfter, time);
        string? tlsHost = options.Ssl ? options.SslHost ?? HostOf(node) : null;
        var connection = await RespConnection.ConnectAsync(node, tlsHost, timeout, time, () => Interlocked.Increment(ref _lost), limit.Token);
        try
        {
            await SignInAsync(connection).WaitAsync(limit.Token);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection is one only when Redis has answered over it.</summary>
    private async Task SignInAsync(RespConnection connection)
    {
        bool isNamed = !string.IsNullOrEmpty(options.User);
        if (isNamed || !string.IsNullOrEmpty(options.Password))
        {
            string[] credentials = isNamed ? [options.User!, options.Password ?? ""] : [options.Password!];
            if ((await SendAsync(connection, ["AUTH", .. credentials])).Error is not null)
            {
                throw new UnauthorizedAccessException($"Redis does not take the {(isNamed ? "user with this password" : "password")}.");
            }
        }

        var named = await SendAsync(connection, "CLIENT", "SETNAME", options.ClientName ?? "gateway");
        if (named.Error?.StartsWith("NOAUTH", StringComparison.Ordinal) == true)
        {
            throw new UnauthorizedAccessException("Redis wants a password.");
        }

        if (options.DefaultDatabase is > 0 and var number
            && (await SendAsync(connection, "SELECT", number.ToString(CultureInfo.InvariantCulture))).Error is not null)
        {
            throw new InvalidOperationException("Redis does not have the database that defaultDatabase names.");
        }
    }

    private Task<RedisReply> SendAsync(RespConnection connection, params string[] words) => connection.SendAsync(
        time.GetTimestamp(),
        isAsking: false,
        words,
        static (command, writer) =>
        {
            writer.Array(command.Length);
            foreach (string word in command)
            {
                writer.Bulk(word);
            }
        },
        out _);

    private static async Task CloseAsync(Task<RespConnection> connection)
    {
        try
        {
            await (await connection).DisposeAsync();
        }
        catch (Exception)
        {
            // It never was a connection: there is nothing to close.
        }
    }
}
