using System.Globalization;
using System.Net;
using Gateway.Redis.Nodes;
using Gateway.Redis.Protocol;

namespace Gateway.Redis;

/// <summary>
/// The way to Redis. It connects when it is first needed and again whenever the connection is lost. No call takes longer than its limit,
/// whatever became of Redis; while it does not answer, calls fail at once. Safe for concurrent use.
/// </summary>
public sealed class RedisLink : IAsyncDisposable
{
    /// <summary>How often a call follows its key to another node.</summary>
    private const int MaxMoves = 5;

    /// <summary>A connection over which nothing came back for so long is given up for a new one: it may be dead without a sign of it.</summary>
    private static readonly TimeSpan ReplaceAfter = TimeSpan.FromSeconds(5);

    private static readonly RedisLinkStatus Up = new(IsUp: true, Problem: null);

    private readonly string _prefix;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly RedisBreaker _breaker;
    private readonly RedisNodes _nodes;
    private readonly RedisSubscriptions _subscriptions;
    private readonly Lock _lock = new();
    private long _replacedAt;
    private volatile RedisLinkStatus _status = new(IsUp: false, "not asked yet");

    /// <param name="options">Configured and valid.</param>
    public RedisLink(RedisOptions options, TimeProvider time)
    {
        var configuration = options.Parse() ?? throw new InvalidOperationException($"{RedisOptions.Section}:{nameof(RedisOptions.Configuration)} was not validated.");
        _prefix = options.KeyPrefix;
        _timeout = TimeSpan.FromSeconds(options.TimeoutSeconds);
        _time = time;
        _breaker = new RedisBreaker(time);
        _nodes = new RedisNodes(configuration, _timeout, ReplaceAfter, time);
        _subscriptions = new RedisSubscriptions(configuration, options.KeyPrefix);
    }

    /// <summary>How the last call went.</summary>
    public RedisLinkStatus Status => _status;

    /// <summary>How many connections have come to an end. While it stays the same, Redis has lost nothing of what it answered.</summary>
    public int LostConnections => _nodes.Lost;

    /// <summary>Runs a script by its name, and sends its text where Redis does not know it.</summary>
    /// <param name="keys">Without the prefix, which is put before each. At least one.</param>
    /// <exception cref="RedisCallException">There is no result; <see cref="RedisCallException.Failure"/> says what that means.</exception>
    public Task<RedisReply> RunAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, CancellationToken cancellationToken = default) =>
        OffReader(RunInlineAsync(script, keys, arguments, cancellationToken: cancellationToken));

    /// <summary>
    /// Runs a command with one key. It is for what returns much: a script would turn each reply into values of Lua and back, which takes Redis many times as
    /// long, and nobody else is served meanwhile.
    /// </summary>
    /// <param name="before">Its name, and what stands between it and the key.</param>
    /// <param name="key">Without the prefix, which is put before it.</param>
    /// <param name="after">What follows the key.</param>
    /// <inheritdoc cref="RunAsync" path="/exception"/>
    public Task<RedisReply> RunCommandAsync(
        IReadOnlyList<RedisArgument> before, string key, IReadOnlyList<RedisArgument> after, CancellationToken cancellationToken = default) =>
        OffReader(GuardAsync(new CommandCall(before, _prefix + key, after), cancellationToken));

    /// <summary>
    /// As <see cref="RunAsync"/>, but whoever waits for it goes on on the connection's reader. He must neither block nor take long: meanwhile nobody
    /// gets a reply. It saves a change of threads.
    /// </summary>
    /// <param name="written">
    /// Called when the script is on its way: Redis runs it even if this process ends now. Not where it has to be sent again, because the node does not know it yet
    /// or has moved the key; then it is called too early.
    /// </param>
    /// <inheritdoc cref="RunAsync" path="/param|/exception"/>
    public Task<RedisReply> RunInlineAsync(
        RedisScript script,
        IReadOnlyList<string> keys,
        IReadOnlyList<RedisArgument> arguments,
        Action? written = null,
        CancellationToken cancellationToken = default) =>
        GuardAsync(new ScriptCall(script, _prefix, keys, arguments) { Written = written }, cancellationToken);

    /// <summary>
    /// Has <paramref name="heard"/> called for each message that is published on a channel. Messages get lost while there is no connection:
    /// whoever listens must also look for himself at times.
    /// </summary>
    /// <param name="channel">Without the prefix, which is put before it.</param>
    /// <param name="heard">Must not block and must not throw.</param>
    public void Subscribe(string channel, Action heard) => _subscriptions.Add(channel, heard);

    public async ValueTask DisposeAsync()
    {
        await _subscriptions.DisposeAsync();
        await _nodes.DisposeAsync();
    }

    /// <summary>Leaves the connection's reader, which what comes next might keep from the replies of others.</summary>
    private static async Task<RedisReply> OffReader(Task<RedisReply> reply)
    {
        if (!reply.IsCompleted)
        {
            // The reader runs what follows this await; only the second one leaves it.
            await ((Task)reply).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Yield();
        }

        return await reply;
    }

    private async Task<RedisReply> GuardAsync(RedisCall call, CancellationToken cancellationToken)
    {
        if (!_breaker.TryEnter())
        {
            throw new RedisCallException(RedisCallFailure.NotSent, $"Redis does not answer: {_status.Problem}.");
        }

        try
        {
            var reply = await FollowAsync(call, cancellationToken).ConfigureAwait(false);
            _breaker.Succeeded();
            _status = Up;
            return reply;
        }
        catch (RedisCallException exception)
        {
            Failed(exception);
            throw;
        }
    }

    /// <summary>Makes the call on the node that has its key, wherever that is.</summary>
    private async Task<RedisReply> FollowAsync(RedisCall call, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        var node = _nodes.NodeOf(call.Key);
        bool isAsking = false;
        for (int moves = 0; ; moves++)
        {
            var reply = await RunOnAsync(node, call, isAsking, start, cancellationToken).ConfigureAwait(false);
            if (reply.Error is not { } error)
            {
                return reply;
            }

            string kind = error.Split(' ', 2)[0];
            if (kind is "LOADING" or "MASTERDOWN" or "CLUSTERDOWN" or "TRYAGAIN")
            {
                throw new RedisCallException(RedisCallFailure.NotSent, $"Redis is not ready ({kind})");
            }

            bool isElsewhere = kind is "MOVED" or "ASK" or "READONLY" && moves < MaxMoves;
            if (!isElsewhere || !TryFind(error, node, out var other))
            {
                throw new RedisCallException(RedisCallFailure.Refused, error);
            }

            (node, isAsking) = (other, kind == "ASK");
        }
    }

    /// <summary>From what a node says: <c>MOVED 3999 10.0.0.2:6379</c>, <c>ASK</c> likewise, or that it takes no writes.</summary>
    private bool TryFind(string error, EndPoint node, out EndPoint other)
    {
        other = node;
        string[] words = error.Split(' ');
        if (words[0] == "READONLY")
        {
            _nodes.Avoid(node);
            other = _nodes.NodeOf("");
            return !other.Equals(node);
        }

        int colon = words is [_, _, var place, ..] ? place.LastIndexOf(':') : -1;
        if (colon < 0 || !int.TryParse(words[1], CultureInfo.InvariantCulture, out int slot)
            || !int.TryParse(words[2].AsSpan(colon + 1), CultureInfo.InvariantCulture, out int port) || port is < 1 or > ushort.MaxValue)
        {
            return false;
        }

        // Without a host it is the host that said so.
        string host = colon > 0 ? words[2][..colon] : RedisNodes.HostOf(node);
        other = IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
        if (words[0] == "MOVED")
        {
            _nodes.Moved(slot, other);
        }

        return true;
    }

    private async Task<RedisReply> RunOnAsync(EndPoint node, RedisCall call, bool isAsking, long start, CancellationToken cancellationToken)
    {
        bool isSent = false;
        try
        {
            var connecting = _nodes.ConnectionTo(node);
            var connection = connecting.IsCompletedSuccessfully ? await connecting.ConfigureAwait(false) : await Bounded(connecting, start, cancellationToken).ConfigureAwait(false);
            isSent = true;
            var reply = await Answer(Send(connection, RedisCall.Write), cancellationToken).ConfigureAwait(false);
            return reply.Error?.StartsWith("NOSCRIPT", StringComparison.Ordinal) == true
                ? await Answer(Send(connection, RedisCall.WriteUnknown), cancellationToken).ConfigureAwait(false)
                : reply;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _nodes.Avoid(node);
            var failure = isSent ? RedisCallFailure.Unknown : RedisCallFailure.NotSent;
            string problem = exception switch
            {
                TimeoutException => $"{(isSent ? "no answer" : "no connection")} within {_timeout.TotalSeconds} s",
                UnauthorizedAccessException or InvalidOperationException => exception.Message,
                _ => isSent ? "the connection was closed" : $"no connection ({exception.GetType().Name})",
            };
            throw new RedisCallException(failure, problem, exception);
        }

        Task<RedisReply> Send(RespConnection connection, Action<RedisCall, RespWriter> write)
        {
            var answer = connection.SendAsync(start, isAsking, call, write, out var written);
            if (call.Written is { } told)
            {
                if (written.IsCompletedSuccessfully)
                {
                    told();
                }
                else
                {
                    _ = written.ContinueWith(
                        static (_, told) => ((Action)told!)(),
                        told,
                        CancellationToken.None,
                        TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                        TaskScheduler.Default);
                }
            }

            return answer;
        }
    }

    private static Task<RedisReply> Answer(Task<RedisReply> reply, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? reply.WaitAsync(cancellationToken) : reply;

    /// <summary>Others may go on to wait for it.</summary>
    private Task<T> Bounded<T>(Task<T> task, long start, CancellationToken cancellationToken)
    {
        _ = task.ContinueWith(
            static faulted => _ = faulted.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var left = _timeout - _time.GetElapsedTime(start);
        return task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, cancellationToken);
    }

    private void Failed(RedisCallException exception)
    {
        _status = new RedisLinkStatus(IsUp: false, exception.Message);
        if (exception.Failure == RedisCallFailure.Refused)
        {
            _breaker.Succeeded();
            return;
        }

        var silence = _breaker.Failed();
        lock (_lock)
        {
            if (silence < ReplaceAfter || (_replacedAt != 0 && _time.GetElapsedTime(_replacedAt) < ReplaceAfter))
            {
                return;
            }

            _replacedAt = _time.GetTimestamp();
        }

        _nodes.Replace();
    }
}
