using System.Runtime.InteropServices;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Tests.Weights;

/// <summary>Tensors in memory, and a record of how much was read at once.</summary>
internal sealed class MemoryCheckpoint : ICheckpoint
{
    private readonly Dictionary<string, (TensorEntry Entry, byte[] Bytes)> _tensors = [];

    public string Path => "memory";

    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>The most bytes that one call has read.</summary>
    public int LargestRead { get; private set; }

    public MemoryCheckpoint Add<T>(string name, string type, T[] values, params long[] shape)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        _tensors.Add(name, (new TensorEntry(name, type, shape, 0, bytes.Length), bytes));
        return this;
    }

    public TensorEntry? Find(string name) => _tensors.TryGetValue(name, out var found) ? found.Entry : null;

    public string FileOf(TensorEntry entry) => "memory";

    public void ReadRows(TensorEntry entry, long firstRow, Span<byte> destination)
    {
        lock (_tensors)
        {
            LargestRead = Math.Max(LargestRead, destination.Length);
        }

        _tensors[entry.Name].Bytes.AsSpan((int)(firstRow * (entry.ByteCount / entry.RowCount)), destination.Length).CopyTo(destination);
    }

    public void Dispose()
    {
    }
}
