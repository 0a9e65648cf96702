using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Redis.Protocol;

/// <summary>
/// Writes commands as Redis reads them: an array of bulk strings each
/// (<see href="https://redis.io/docs/latest/develop/reference/protocol-spec/">RESP2</see>). Not safe for concurrent use.
/// </summary>
internal sealed class RespWriter
{
    /// <summary>Beyond so many bytes the buffer of a large command is given back rather than kept.</summary>
    private const int KeptCapacity = 256 * 1024;

    private ArrayBufferWriter<byte> _buffer = new(4096);

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Clear()
    {
        if (_buffer.Capacity > KeptCapacity)
        {
            _buffer = new ArrayBufferWriter<byte>(4096);
        }

        _buffer.ResetWrittenCount();
    }

    /// <summary>Begins a command.</summary>
    /// <param name="count">Of its name and arguments, each of which is then written as a bulk string.</param>
    public void Array(int count) => Header((byte)'*', count);

    public void Bulk(ReadOnlySpan<byte> bytes)
    {
        Header((byte)'$', bytes.Length);
        _buffer.Write(bytes);
        EndLine();
    }

    public void Bulk(string text) => Bulk("", text);

    /// <summary>Writes both as one.</summary>
    public void Bulk(string first, string second)
    {
        int length = Encoding.UTF8.GetByteCount(first) + Encoding.UTF8.GetByteCount(second);
        Header((byte)'$', length);
        var span = _buffer.GetSpan(length);
        int written = Encoding.UTF8.GetBytes(first, span);
        Encoding.UTF8.GetBytes(second, span[written..]);
        _buffer.Advance(length);
        EndLine();
    }

    public void Bulk(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
        Bulk(digits[..length]);
    }

    private void Header(byte kind, int count)
    {
        var span = _buffer.GetSpan(16);
        span[0] = kind;
        count.TryFormat(span[1..], out int digits, provider: CultureInfo.InvariantCulture);
        _buffer.Advance(1 + digits);
        EndLine();
    }

    private void EndLine() => _buffer.Write("\r\n"u8);
}
