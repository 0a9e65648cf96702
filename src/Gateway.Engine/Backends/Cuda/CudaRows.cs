using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>Rows in device memory, one after the other.</summary>
internal sealed class CudaRows(IGpu gpu, ElementType type, int rows, int columns) : IRows
{
    private readonly DeviceBuffer _buffer = gpu.Allocate((long)rows * columns * type.Size());

    public int Columns => columns;

    public ElementType Type => type;

    public DevicePointer Pointer => _buffer.Pointer;

    public void Free() => _buffer.Dispose();
}
