using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>An argument of a script: a text, an integer or bytes.</summary>
public readonly struct RedisArgument
{
    private RedisArgument(RedisValue value) => Value = value;

    internal RedisValue Value { get; }

    public static implicit operator RedisArgument(string value) => new(value);

    public static implicit operator RedisArgument(long value) => new(value);

    public static implicit operator RedisArgument(byte[] value) => new(value);
}
