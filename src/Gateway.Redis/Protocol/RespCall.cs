namespace Gateway.Redis.Protocol;

/// <summary>
/// A command on its way, and its reply. What waits for it goes on on the connection's reader, and must not keep it.
/// </summary>
/// <param name="startedAt">Timestamp.</param>
internal sealed class RespCall(long startedAt) : TaskCompletionSource<RedisReply>
{
    public long StartedAt => startedAt;

    public void Fail(Exception reason)
    {
        TrySetException(reason);

        // Its caller may have gone.
        _ = Task.Exception;
    }
}
