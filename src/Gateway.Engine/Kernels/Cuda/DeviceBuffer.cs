namespace Gateway.Engine.Kernels.Cuda;

/// <summary>A piece of device memory that somebody owns; disposing gives it back.</summary>
internal sealed class DeviceBuffer(IGpu gpu, DevicePointer pointer, long byteCount) : IDisposable
{
    private bool _isFreed;

    public DevicePointer Pointer => _isFreed ? throw new ObjectDisposedException(nameof(DeviceBuffer)) : pointer;

    public long ByteCount => byteCount;

    public void Dispose()
    {
        if (!_isFreed)
        {
            _isFreed = true;
            gpu.Free(pointer);
        }
    }
}
