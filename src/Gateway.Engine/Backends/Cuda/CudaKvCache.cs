using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>One piece of device memory per layer: [blocks × block size, width].</summary>
internal sealed class CudaKvCache : IKvCache
{
    private readonly DeviceBuffer[] _layers;

    /// <exception cref="GpuException">It does not fit.</exception>
    public CudaKvCache(IGpu gpu, ElementType type, int layers, int width, int blocks, int blockSize)
    {
        BlockSize = blockSize;
        _layers = new DeviceBuffer[layers];
        for (var layer = 0; layer < layers; layer++)
        {
            _layers[layer] = gpu.Allocate((long)blocks * blockSize * width * type.Size());
        }
    }

    public int BlockSize { get; }

    public DevicePointer Layer(int layer) => _layers[layer].Pointer;

    public void Dispose()
    {
        foreach (var layer in _layers)
        {
            layer.Dispose();
        }
    }
}
