using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gateway.Budgets;

/// <summary>
/// Writes what <c>step.lua</c> reads: arrays, texts and integers in
/// <see href="https://github.com/msgpack/msgpack/blob/master/spec.md">MessagePack</see>.
/// </summary>
internal sealed class PackedSteps
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    /// <param name="count">How many values follow that belong to it.</param>
    public void Array(int count)
    {
        if (count < 16)
        {
            Byte((byte)(0x90 | count));
        }
        else
        {
            Byte(0xDD);
            BinaryPrimitives.WriteUInt32BigEndian(Take(4), (uint)count);
        }
    }

    public void Text(string text) => Text("", text);

    /// <summary>Both as one text.</summary>
    public void Text(string prefix, string text)
    {
        int length = Encoding.UTF8.GetByteCount(prefix) + Encoding.UTF8.GetByteCount(text);
        if (length < 32)
        {
            Byte((byte)(0xA0 | length));
        }
        else
        {
            Byte(0xDB);
            BinaryPrimitives.WriteUInt32BigEndian(Take(4), (uint)length);
        }

        var bytes = Take(length);
        Encoding.UTF8.GetBytes(text, bytes[Encoding.UTF8.GetBytes(prefix, bytes)..]);
    }

    /// <param name="value">At least 0.</param>
    public void Integer(long value)
    {
        if (value < 128)
        {
            Byte((byte)value);
        }
        else
        {
            Byte(0xCF);
            BinaryPrimitives.WriteUInt64BigEndian(Take(8), (ulong)value);
        }
    }

    private void Byte(byte value) => Take(1)[0] = value;

    private Span<byte> Take(int length)
    {
        var span = _buffer.GetSpan(length)[..length];
        _buffer.Advance(length);
        return span;
    }
}
