using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>What a script returned. A member that does not fit what it is throws <see cref="InvalidCastException"/>.</summary>
public sealed class RedisReply
{
    private readonly RedisResult _result;

    internal RedisReply(RedisResult result) => _result = result;

    /// <summary>Whether the script returned nil or false.</summary>
    public bool IsNil => _result.IsNull;

    public long Integer => (long)_result;

    public string Text => (string)_result;

    public byte[] Bytes => (byte[])_result;

    public IReadOnlyList<RedisReply> Items => [.. ((RedisResult[])_result).Select(item => new RedisReply(item))];
}
