using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>Brings weights into device memory, one matrix at a time, in the type that the backend computes in.</summary>
internal sealed class CudaWeights(IGpu gpu, ElementType type) : IDisposable
{
    // Rows are converted in pieces of about this many values.
    private const int PieceValues = 1 << 22;

    private readonly List<DeviceBuffer> _buffers = [];
    private readonly Dictionary<WeightSource, DevicePointer> _matrices = [];

    /// <summary>A matrix as it is. Asked for again, as tied embeddings are, it is the same one.</summary>
    public DevicePointer Matrix(WeightSource source)
    {
        if (!_matrices.TryGetValue(source, out var pointer))
        {
            pointer = Allocate((long)source.Rows * source.Columns);
            Copy(source, pointer);
            _matrices.Add(source, pointer);
        }

        return pointer;
    }

    /// <summary>Room for that many elements.</summary>
    public DevicePointer Allocate(long elements) => AllocateBytes(elements * type.Size());

    /// <summary>All rows of a matrix, one after the other, to <paramref name="destination"/>.</summary>
    public void Copy(WeightSource source, DevicePointer destination) => Copy(source.Read(), 0, source.Rows, 0, source.Columns, destination);

    /// <summary>A part of a matrix, packed.</summary>
    public void Copy(WeightMatrix matrix, int firstRow, int rows, int firstColumn, int columns, DevicePointer destination)
    {
        var isWhole = columns == matrix.Columns;
        if (isWhole && type == ElementType.BFloat16 && matrix.Format == WeightFormat.BFloat16)
        {
            gpu.Upload(MemoryMarshal.AsBytes(matrix.HalfRows(firstRow, rows)), destination);
            return;
        }

        var piece = Math.Max(1, PieceValues / matrix.Columns);
        var wide = new float[piece * matrix.Columns];
        for (var row = 0; row < rows; row += piece)
        {
            var count = Math.Min(piece, rows - row);
            WeightRows.CopyWidened(matrix, firstRow + row, count, wide);
            var packed = isWhole ? wide.AsSpan(0, count * columns) : Pack(wide, count, matrix.Columns, firstColumn, columns);
            Upload(packed, destination + ((long)row * columns * type.Size()));
        }
    }

    /// <summary>float32 values as they are, whatever the backend computes in.</summary>
    public DevicePointer Single(ReadOnlySpan<float> values) => Bytes(MemoryMarshal.AsBytes(values));

    public DevicePointer Bytes(ReadOnlySpan<byte> bytes)
    {
        var pointer = AllocateBytes(bytes.Length);
        gpu.Upload(bytes, pointer);
        return pointer;
    }

    /// <summary>A matrix as float32, whatever the backend computes in.</summary>
    public DevicePointer Single(WeightSource source)
    {
        var values = new float[source.Rows * source.Columns];
        WeightRows.CopyWidened(source.Read(), 0, source.Rows, values);
        return Single(values);
    }

    /// <summary>Values in the backend's type.</summary>
    public DevicePointer Vector(ReadOnlySpan<float> values)
    {
        var pointer = Allocate(values.Length);
        Upload(values, pointer);
        return pointer;
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers)
        {
            buffer.Dispose();
        }
    }

    private static Span<float> Pack(float[] wide, int rows, int stride, int firstColumn, int columns)
    {
        for (var row = 0; row < rows; row++)
        {
            wide.AsSpan((row * stride) + firstColumn, columns).CopyTo(wide.AsSpan(row * columns));
        }

        return wide.AsSpan(0, rows * columns);
    }

    private DevicePointer AllocateBytes(long bytes)
    {
        var buffer = gpu.Allocate(bytes);
        _buffers.Add(buffer);
        return buffer.Pointer;
    }

    private void Upload(ReadOnlySpan<float> values, DevicePointer destination)
    {
        if (type == ElementType.Float32)
        {
            gpu.Upload(MemoryMarshal.AsBytes(values), destination);
            return;
        }

        var narrow = new ushort[values.Length];
        for (var i = 0; i < narrow.Length; i++)
        {
            narrow[i] = ToBFloat16(values[i]);
        }

        gpu.Upload(MemoryMarshal.AsBytes(narrow.AsSpan()), destination);
    }

    /// <summary>Rounded to nearest, ties to even; weights are finite.</summary>
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
