using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>A checkpoint in bfloat16 in another format without blocks.</summary>
internal sealed class ConvertedCheckpoint : ICheckpoint
{
    private readonly ICheckpoint _source;
    private readonly CheckpointRows _rows;
    private readonly WeightLayout _layout;

    public ConvertedCheckpoint(ICheckpoint source, WeightFormat format)
    {
        (_source, _rows, _layout) = (source, new CheckpointRows(source), WeightLayout.Of(format));
    }

    public string Path => _source.Path;

    public IEnumerable<string> Names => _source.Names;

    public TensorEntry? Find(string name) => _source.Find(name) is { } entry
        ? entry with { Type = _layout.Name, ByteCount = entry.ElementCount * _layout.BlockBytes }
        : null;

    public string FileOf(TensorEntry entry) => _source.FileOf(entry);

    public void ReadRows(TensorEntry entry, long firstRow, Span<byte> destination)
    {
        var values = new float[destination.Length / _layout.BlockBytes];
        _rows.Read(_source.Find(entry.Name)!, firstRow, values);
        RowEncoder.Encode(_layout.Format, values, destination);
    }

    public void Dispose() => _source.Dispose();
}
