using Gateway.Redis.Protocol;

namespace Gateway.Redis.Nodes;

/// <summary>A connection to a node, from the moment on at which it is begun to be made.</summary>
internal sealed class NodeConnection
{
    private volatile RespConnection? _connection;

    /// <param name="connect">Makes it; run on the pool.</param>
    public NodeConnection(Func<Task<RespConnection>> connect) => Made = Task.Run(async () =>
    {
        var connection = await connect().ConfigureAwait(false);
        _connection = connection;
        return connection;
    });

    /// <summary>Ends when it is made, or cannot be.</summary>
    public Task<RespConnection> Made { get; }

    /// <summary>It is being made, or is open.</summary>
    public bool IsUsable => !Made.IsFaulted && !Made.IsCanceled && _connection is not { IsClosed: true };
}
