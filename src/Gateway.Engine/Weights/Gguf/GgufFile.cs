namespace Gateway.Engine.Weights.Gguf;

/// <summary>An open GGUF file: its metadata, and the bytes of any tensor on request.</summary>
internal sealed class GgufFile : IDisposable
{
    private readonly MappedFile _file;

    private GgufFile(MappedFile file, GgufHeader header)
    {
        _file = file;
        Tensors = header.Tensors;
        Metadata = new GgufMetadata(file.Path, header.Metadata);
    }

    public string Path => _file.Path;

    public GgufMetadata Metadata { get; }

    /// <summary>The tensors by the names of the file, outermost dimension first.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <exception cref="WeightsFormatException">The file cannot be read, or its header breaks the format.</exception>
    public static GgufFile Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            return new GgufFile(file, GgufHeader.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Fills <paramref name="destination"/> with a tensor's bytes from byte <paramref name="start"/> on.</summary>
    public void Read(TensorEntry tensor, long start, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, tensor.ByteCount - start);
        _file.Read(tensor.Offset + start, destination);
    }

    public void Dispose() => _file.Dispose();
}
