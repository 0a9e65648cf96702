using System.IO.MemoryMappedFiles;

namespace Gateway.Engine.Weights.Gguf;

/// <summary>A file mapped into memory and read by copying out of it; the pages are the operating system's and need no buffer of ours.</summary>
internal sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private MappedFile(string path, long length, MemoryMappedFile file)
    {
        Path = path;
        Length = length;
        _file = file;
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
    }

    public string Path { get; }

    public long Length { get; }

    /// <exception cref="WeightsFormatException">The file cannot be read, or is empty.</exception>
    public static MappedFile Open(string path)
    {
        try
        {
            // Not that of the path's own entry, which may be a link: so caches of downloaded models are made.
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var length = stream.Length;
            if (length == 0)
            {
                stream.Dispose();
                throw new WeightsFormatException(path, null, "the file is empty.");
            }

            var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new MappedFile(path, length, file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WeightsFormatException(path, "cannot be read: " + exception.Message, exception);
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on, all of them inside the file.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, Length - offset);
        _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, destination);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
