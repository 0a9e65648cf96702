namespace Gateway.Redis.Protocol;

/// <summary>What is sent to Redis.</summary>
internal abstract class RedisCall
{
    /// <summary>Decides to which node of a cluster it goes; with the prefix.</summary>
    public abstract string Key { get; }

    /// <summary>Called when it is on its way; more than once where it is sent again. Null when nobody wants to know.</summary>
    public Action? Written { get; init; }

    public static Action<RedisCall, RespWriter> Write { get; } = static (call, writer) => call.WriteTo(writer, isUnknown: false);

    public static Action<RedisCall, RespWriter> WriteUnknown { get; } = static (call, writer) => call.WriteTo(writer, isUnknown: true);

    /// <param name="isUnknown">Whether the node has said that it does not know the script by its name.</param>
    protected abstract void WriteTo(RespWriter writer, bool isUnknown);
}
