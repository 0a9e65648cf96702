using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>
/// Intermediate results that no layer needs once it has returned, so that all layers share them. Layers say what they need while
/// they are made; the memory is taken at the first step.
/// </summary>
internal sealed class CudaScratch(IGpu gpu, ElementType type, int maxTokens) : IDisposable
{
    private readonly Dictionary<string, (long Bytes, DeviceBuffer? Buffer)> _buffers = new(StringComparer.Ordinal);

    /// <summary>Room for rows of that many elements of the backend's type.</summary>
    public void Reserve(string name, long columns) => ReserveBytes(name, maxTokens * columns * type.Size());

    public void ReserveBytes(string name, long bytes)
    {
        var (most, buffer) = _buffers.GetValueOrDefault(name);
        if (bytes > most)
        {
            buffer?.Dispose();
            _buffers[name] = (bytes, null);
        }
    }

    /// <summary>Takes what was reserved and is not there yet.</summary>
    public void Allocate()
    {
        foreach (var (name, (bytes, buffer)) in _buffers)
        {
            _buffers[name] = (bytes, buffer ?? gpu.Allocate(bytes));
        }
    }

    public DevicePointer this[string name] => _buffers[name].Buffer!.Pointer;

    public void Dispose()
    {
        foreach (var (_, buffer) in _buffers.Values)
        {
            buffer?.Dispose();
        }
    }
}
