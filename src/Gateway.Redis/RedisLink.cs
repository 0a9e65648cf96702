using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>
/// The way to Redis. It connects when it is first needed and again whenever the connection is lost. No call takes longer than its limit,
/// whatever became of Redis; while it does not answer, calls fail at once. Safe for concurrent use.
/// </summary>
public sealed class RedisLink : IAsyncDisposable
{
    /// <summary>A connection over which nothing came back for so long is given up for a new one: the client may not have noticed that it is dead.</summary>
    private static readonly TimeSpan ReplaceAfter = TimeSpan.FromSeconds(5);

    private readonly RedisOptions _options;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly RedisBreaker _breaker;
    private readonly Lock _lock = new();
    private readonly List<(string Channel, Action Heard)> _subscriptions = [];
    private Task<ConnectionMultiplexer>? _connection;
    private long _connectedAt;
    private bool _isDisposed;
    private volatile RedisLinkStatus _status = new(IsUp: false, "not asked yet");

    /// <param name="options">Configured and valid.</param>
    public RedisLink(RedisOptions options, TimeProvider time)
    {
        _options = options;
        _timeout = TimeSpan.FromSeconds(options.TimeoutSeconds);
        _time = time;
        _breaker = new RedisBreaker(time);
    }

    /// <summary>How the last call went.</summary>
    public RedisLinkStatus Status => _status;

    /// <summary>Runs a script by its name, and sends its text where Redis does not know it.</summary>
    /// <param name="keys">Without the prefix, which is put before each.</param>
    /// <exception cref="RedisCallException">There is no result; <see cref="RedisCallException.Failure"/> says what that means.</exception>
    public async Task<RedisReply> RunAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, CancellationToken cancellationToken = default)
    {
        if (!_breaker.TryEnter())
        {
            throw new RedisCallException(RedisCallFailure.NotSent, $"Redis does not answer: {_status.Problem}.");
        }

        try
        {
            var reply = await RunBoundedAsync(script, keys, arguments, cancellationToken);
            Report(isAnswered: true, problem: null);
            return reply;
        }
        catch (RedisCallException exception)
        {
            Report(isAnswered: exception.Failure == RedisCallFailure.Refused, exception.Message);
            throw;
        }
    }

    /// <summary>
    /// Has <paramref name="heard"/> called for each message that is published on a channel. Messages get lost while there is no connection:
    /// whoever listens must also look for himself at times.
    /// </summary>
    /// <param name="channel">Without the prefix, which is put before it.</param>
    /// <param name="heard">Must not block and must not throw.</param>
    public void Subscribe(string channel, Action heard)
    {
        Task<ConnectionMultiplexer>? connection;
        lock (_lock)
        {
            _subscriptions.Add((channel, heard));
            connection = _connection;
        }

        if (connection is not null)
        {
            Forget(SubscribeAsync(connection, channel, heard));
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

    private async Task<RedisReply> RunBoundedAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        bool isSent = false;
        try
        {
            var connection = await Bounded(ConnectionAsync(), either.Token);
            var database = connection.GetDatabase();
            isSent = true;
            RedisResult result;
            try
            {
                result = await Bounded(database.ExecuteAsync("EVALSHA", Parameters(script.Sha)), either.Token);
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
            {
                result = await Bounded(database.ExecuteAsync("EVAL", Parameters(script.Text)), either.Token);
            }

            // Leaves the client's reader thread, which must never be blocked by what a caller does next.
            await Task.Yield();
            return new RedisReply(result);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RedisCallException(
                isSent ? RedisCallFailure.Unknown : RedisCallFailure.NotSent,
                $"{(isSent ? "no answer" : "no connection")} within {_timeout.TotalSeconds} s",
                exception);
        }
        catch (RedisConnectionException exception)
        {
            // The client's own message tells of its inner state at length.
            bool wasUnsent = exception.FailureType is ConnectionFailureType.UnableToConnect
                or ConnectionFailureType.UnableToResolvePhysicalConnection or ConnectionFailureType.AuthenticationFailure;
            throw new RedisCallException(wasUnsent ? RedisCallFailure.NotSent : RedisCallFailure.Unknown, $"no connection ({exception.FailureType})", exception);
        }
        catch (Exception exception) when (isSent && (exception is ObjectDisposedException or TimeoutException))
        {
            throw new RedisCallException(RedisCallFailure.Unknown, "the connection was closed", exception);
        }
        catch (Exception exception) when (!isSent && exception is not OperationCanceledException)
        {
            throw new RedisCallException(RedisCallFailure.NotSent, $"no connection ({exception.GetType().Name})", exception);
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException)
        {
            throw new RedisCallException(RedisCallFailure.Refused, exception.Message, exception);
        }

        object[] Parameters(string nameOrText) =>
        [
            nameOrText,
            keys.Count,
            .. keys.Select(key => (object)(RedisKey)(_options.KeyPrefix + key)),
            .. arguments.Select(argument => (object)argument.Value),
        ];
    }

    private void Report(bool isAnswered, string? problem)
    {
        _status = new RedisLinkStatus(problem is null, problem);
        if (isAnswered)
        {
            _breaker.Succeeded();
            return;
        }

        Task<ConnectionMultiplexer>? stale = null;
        lock (_lock)
        {
            if (_breaker.Failed() >= ReplaceAfter && _time.GetElapsedTime(_connectedAt) >= ReplaceAfter)
            {
                (stale, _connection) = (_connection, null);
            }
        }

        if (stale is not null)
        {
            Forget(CloseAsync(stale));
        }
    }

    private Task<ConnectionMultiplexer> ConnectionAsync()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_connection is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _connectedAt = _time.GetTimestamp();

                // On the pool: the client does part of its connecting before it returns a task.
                _connection = Task.Run(ConnectAsync);
                foreach (var (channel, heard) in _subscriptions)
                {
                    // Calls need not wait for it, and a Redis that forbids it is as good as one that loses messages.
                    Forget(SubscribeAsync(_connection, channel, heard));
                }
            }

            return _connection;
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var configuration = _options.Parse() ?? throw new InvalidOperationException($"{RedisOptions.Section}:{nameof(RedisOptions.Configuration)} was not validated.");
        configuration.AbortOnConnectFail = false;
        configuration.ClientName ??= "gateway";

        // Neither a key nor a channel that is not ours.
        configuration.TieBreaker = "";
        configuration.ConfigurationChannel = "";
        configuration.KeepAlive = configuration.KeepAlive < 0 ? 5 : configuration.KeepAlive;
        var connection = await ConnectionMultiplexer.ConnectAsync(configuration);
        connection.PreserveAsyncOrder = false;
        return connection;
    }

    /// <summary>Once for each connection; when it is lost and comes back, the client subscribes again by itself.</summary>
    private async Task SubscribeAsync(Task<ConnectionMultiplexer> connection, string channel, Action heard) =>
        await (await connection).GetSubscriber().SubscribeAsync(_options.KeyPrefix + channel, (_, _) => heard());

    private static Task<T> Bounded<T>(Task<T> task, CancellationToken cancellationToken)
    {
        Forget(task);
        return task.WaitAsync(cancellationToken);
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

    /// <summary>Nobody may wait for the end of this task any more; an error in it is then no news.</summary>
    private static void Forget(Task task) => task.ContinueWith(
        static faulted => _ = faulted.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
