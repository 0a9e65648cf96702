using System.Buffers.Binary;
using System.Text;

namespace Gateway.Engine.Weights.Gguf;

/// <summary>Reads the header of a GGUF file from front to back. No length that the file claims is trusted beyond what the file holds.</summary>
internal sealed class GgufCursor(MappedFile file)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Ten times the largest vocabulary. What a file claims becomes memory before it can be seen to be nonsense.
    private const int MaxCount = 1 << 24;

    /// <summary>What is read next, for messages: e.g. <c>key 'general.name'</c>.</summary>
    public string Place { get; set; } = "the header";

    public long Position { get; private set; }

    public byte UInt8()
    {
        Span<byte> bytes = stackalloc byte[1];
        Take(bytes);
        return bytes[0];
    }

    public ushort UInt16()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        Take(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public uint UInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Take(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong UInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Take(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A number of things that follow, each at least so many bytes long.</summary>
    public int Count(int bytesEach)
    {
        var count = UInt64();
        var left = (ulong)(file.Length - Position);
        return count > left / (ulong)bytesEach
            ? throw Error($"it claims {count} entries, but the file has {left} bytes left; it is cut short or damaged.")
            : count <= MaxCount ? (int)count : throw Error($"it claims {count} entries; at most {MaxCount} make sense.");
    }

    public string Text()
    {
        var bytes = new byte[Count(1)];
        Take(bytes);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error("it holds text that is no valid UTF-8.");
        }
    }

    public WeightsFormatException Error(string problem) => new(file.Path, null, $"{Place}: {problem}");

    private void Take(Span<byte> destination)
    {
        if (destination.Length > file.Length - Position)
        {
            throw Error($"the file ends at byte {file.Length}, in the midst of its header.");
        }

        file.Read(Position, destination);
        Position += destination.Length;
    }
}
