using Gateway.Redis.Protocol;

namespace Gateway.Redis;

/// <summary>An argument of a script: a text, an integer or bytes.</summary>
public readonly struct RedisArgument
{
    private readonly object? _textOrBytes;
    private readonly long _integer;

    private RedisArgument(object? textOrBytes, long integer) => (_textOrBytes, _integer) = (textOrBytes, integer);

    public static implicit operator RedisArgument(string value) => new(value, 0);

    public static implicit operator RedisArgument(long value) => new(null, value);

    public static implicit operator RedisArgument(byte[] value) => new(value, 0);

    internal void WriteTo(RespWriter writer)
    {
        switch (_textOrBytes)
        {
            case string text:
                writer.Bulk(text);
                break;
            case byte[] bytes:
                writer.Bulk(bytes);
                break;
            default:
                writer.Bulk(_integer);
                break;
        }
    }
}
