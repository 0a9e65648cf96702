using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Engine.Weights;

/// <summary>An open safetensors file: a checked header, and the bytes of any tensor on request.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int LengthPrefix = 8;

    // The limit of the reference implementation; the headers of the largest published checkpoints are a few megabytes.
    private const long MaxHeaderBytes = 100_000_000;

    private readonly SafeFileHandle _handle;

    private SafetensorsFile(string path, SafeFileHandle handle, Dictionary<string, TensorEntry> entries)
    {
        Path = path;
        _handle = handle;
        Entries = entries;
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <exception cref="WeightsFormatException">The file cannot be read, or its header breaks the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var file = new SafetensorsFile(path, handle, ReadHeader(path, handle));
            handle = null;
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WeightsFormatException(path, "cannot be read: " + exception.Message, exception);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the tensor's bytes from byte <paramref name="start"/> on.</summary>
    public void Read(TensorEntry entry, long start, Span<byte> destination)
    {
        try
        {
            ReadExactly(Path, _handle, destination, entry.Offset + start);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WeightsFormatException(Path, $"tensor '{entry.Name}' cannot be read: {exception.Message}", exception);
        }
    }

    public void Dispose() => _handle.Dispose();

    private static Dictionary<string, TensorEntry> ReadHeader(string path, SafeFileHandle handle)
    {
        var fileLength = RandomAccess.GetLength(handle);
        if (fileLength < LengthPrefix)
        {
            throw new WeightsFormatException(path, null, $"{fileLength} bytes are too short for a safetensors file.");
        }

        Span<byte> prefix = stackalloc byte[LengthPrefix];
        ReadExactly(path, handle, prefix, 0);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxHeaderBytes || (long)headerLength > fileLength - LengthPrefix)
        {
            throw new WeightsFormatException(
                path, null, $"the header claims {headerLength} bytes of a file of {fileLength}; it is cut short or no safetensors file.");
        }

        var header = new byte[headerLength];
        ReadExactly(path, handle, header, LengthPrefix);
        return SafetensorsHeader.Parse(path, header, LengthPrefix + header.Length, fileLength);
    }

    private static void ReadExactly(string path, SafeFileHandle handle, Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(handle, destination, offset);
            if (count == 0)
            {
                throw new WeightsFormatException(path, null, $"the file ends at byte {offset}, in the midst of its data.");
            }

            destination = destination[count..];
            offset += count;
        }
    }
}
