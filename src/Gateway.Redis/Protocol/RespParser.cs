using System.Buffers.Text;
using System.Text;

namespace Gateway.Redis.Protocol;

/// <summary>Reads replies (<see href="https://redis.io/docs/latest/develop/reference/protocol-spec/">RESP2</see>) from the bytes that came so far.</summary>
internal ref struct RespParser(ReadOnlySpan<byte> bytes)
{
    /// <summary>Replies within replies; a script returns no more than a few levels.</summary>
    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>How many bytes belong to the replies that were read.</summary>
    public int Consumed { get; private set; }

    /// <summary>Reads the next reply.</summary>
    /// <returns>False when its end has not come yet.</returns>
    /// <exception cref="FormatException">This is not Redis speaking.</exception>
    public bool TryRead(out RedisReply reply)
    {
        if (!TryRead(0, out reply))
        {
            _at = Consumed;
            return false;
        }

        Consumed = _at;
        return true;
    }

    private bool TryRead(int depth, out RedisReply reply)
    {
        reply = RedisReply.Nil;
        if (!TryReadLine(out var line))
        {
            return false;
        }

        switch (line.IsEmpty ? default : (char)line[0])
        {
            case '+':
                reply = RedisReply.Of(line[1..].ToArray());
                return true;
            case '-':
                reply = RedisReply.OfError(Encoding.UTF8.GetString(line[1..]));
                return true;
            case ':':
                reply = RedisReply.Of(Number(line));
                return true;
            case '$':
                return TryReadBulk(Number(line), ref reply);
            case '*':
                return TryReadArray(Number(line), depth, ref reply);
            default:
                throw new FormatException("The server does not speak the protocol of Redis.");
        }
    }

    private bool TryReadBulk(long length, ref RedisReply reply)
    {
        if (length < 0)
        {
            return true;
        }

        if (_bytes.Length - _at < length + 2)
        {
            return false;
        }

        reply = RedisReply.Of(_bytes.Slice(_at, (int)length).ToArray());
        _at += (int)length + 2;
        return true;
    }

    private bool TryReadArray(long count, int depth, ref RedisReply reply)
    {
        if (count < 0)
        {
            return true;
        }

        // Each item takes at least three bytes: what is announced is not allocated before it can have come.
        if (depth == MaxDepth || count > int.MaxValue)
        {
            throw new FormatException("A reply of Redis is nested too deeply or too long.");
        }

        if (count > (_bytes.Length - _at) / 3)
        {
            return false;
        }

        var items = new RedisReply[count];
        for (int i = 0; i < items.Length; i++)
        {
            if (!TryRead(depth + 1, out items[i]))
            {
                return false;
            }
        }

        reply = RedisReply.Of(items);
        return true;
    }

    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        var rest = _bytes[_at..];
        int length = rest.IndexOf("\r\n"u8);
        line = length < 0 ? default : rest[..length];
        _at += length < 0 ? 0 : length + 2;
        return length >= 0;
    }

    private static long Number(ReadOnlySpan<byte> line) =>
        Utf8Parser.TryParse(line[1..], out long value, out int used) && used == line.Length - 1
            ? value
            : throw new FormatException("A reply of Redis has no readable length or number.");
}
