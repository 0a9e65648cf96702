using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>
/// Channels that are listened to, over a connection of their own: on a shared one, messages would come between the replies. It is made with the
/// first channel, and made again by the client whenever it is lost.
/// </summary>
/// <param name="options">Where Redis is. Not changed.</param>
/// <param name="prefix">What each channel begins with.</param>
internal sealed class RedisSubscriptions(ConfigurationOptions options, string prefix) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Action> _listeners = [];
    private Task<ConnectionMultiplexer>? _connection;
    private bool _isDisposed;

    /// <summary>Returns at once. A Redis that forbids it, or cannot be reached, is as good as one that loses messages.</summary>
    /// <param name="heard">Called for each message, and whenever some may have been missed: nobody hears what was said before he listened.</param>
    public void Add(string channel, Action heard)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);

            // On the pool: the client does part of its connecting before it returns a task.
            _connection ??= Task.Run(ConnectAsync);
            _listeners.Add(heard);
            Forget(SubscribeAsync(_connection, RedisChannel.Literal(prefix + channel), heard));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? connection;
        lock (_lock)
        {
            _isDisposed = true;
            (connection, _connection) = (_connection, null);
        }

        if (connection is null)
        {
            return;
        }

        // A connection that is still being made ends by the client's own limit; nobody need wait for that.
        var closing = CloseAsync(connection);
        Forget(closing);
        if (connection.IsCompleted)
        {
            await closing;
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var own = options.Clone();
        own.AbortOnConnectFail = false;
        own.ClientName ??= "gateway";

        // Neither a key nor a channel that is not ours.
        own.TieBreaker = "";
        own.ConfigurationChannel = "";
        own.KeepAlive = own.KeepAlive < 0 ? 5 : own.KeepAlive;
        var connection = await ConnectionMultiplexer.ConnectAsync(own);
        connection.ConnectionRestored += (_, _) => Forget(CatchUpAsync(connection));
        return connection;
    }

    private static async Task SubscribeAsync(Task<ConnectionMultiplexer> connection, RedisChannel channel, Action heard)
    {
        await (await connection).GetSubscriber().SubscribeAsync(channel, (_, _) => heard());
        heard();
    }

    /// <summary>The connection was lost and is there again, and so was what was said meanwhile.</summary>
    private async Task CatchUpAsync(ConnectionMultiplexer connection)
    {
        // It is answered behind the subscriptions, which the client has sent again by now: what is said from then on is heard.
        await connection.GetSubscriber().PingAsync();
        Action[] listeners;
        lock (_lock)
        {
            listeners = [.. _listeners];
        }

        foreach (var heard in listeners)
        {
            heard();
        }
    }

    private static async Task CloseAsync(Task<ConnectionMultiplexer> connection)
    {
        try
        {
            await (await connection).CloseAsync(allowCommandsToComplete: false);
        }
        catch (RedisException)
        {
            // It never was a connection: there is nothing to close.
        }
    }

    /// <summary>Nobody waits for this task, and an error in it is no news.</summary>
    private static void Forget(Task task) => task.ContinueWith(
        static faulted => _ = faulted.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
