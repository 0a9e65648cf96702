namespace Gateway.Redis.Protocol;

/// <summary>
/// A command on its way, and its reply. What waits for it goes on elsewhere than on the connection's reader, which must never be blocked by it.
/// </summary>
/// <param name="startedAt">Timestamp.</param>
internal sealed class RespCall(long startedAt) : TaskCompletionSource<RedisReply>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public long StartedAt => startedAt;

    public void Fail(Exception reason)
    {
        TrySetException(reason);

        // Its caller may have gone.
        _ = Task.Exception;
    }
}
