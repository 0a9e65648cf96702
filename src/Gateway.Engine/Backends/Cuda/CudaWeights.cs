using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>
/// Brings weights into device memory, one matrix at a time, in the type that the backend computes in; those of products that are stored in
/// 8-bit floating point stay that narrow.
/// </summary>
internal sealed class CudaWeights(IGpu gpu, ElementType type) : IDisposable
{
    // Rows are converted in pieces of about this many values.
    private const int PieceValues = 1 << 22;

    private readonly List<DeviceBuffer> _buffers = [];
    private readonly Dictionary<WeightSource, DevicePointer> _matrices = [];

    /// <summary>A matrix in the backend's type. Asked for again, as tied embeddings are, it is the same one.</summary>
    public DevicePointer Matrix(WeightSource source)
    {
        if (!_matrices.TryGetValue(source, out var pointer))
        {
            pointer = Allocate((long)source.Rows * source.Columns);
            Copy(source.Read(), 0, source.Rows, 0, source.Columns, pointer);
            _matrices.Add(source, pointer);
        }

        return pointer;
    }

    /// <summary>
    /// What a product multiplies by: parts of matrices below each other. In 8-bit floating point where all of them are stored so and it can
    /// be kept, else in the backend's type. A single matrix that is there in that type already, as tied embeddings are, is not brought again.
    /// </summary>
    /// <param name="parts">At least one; all of as many columns.</param>
    /// <param name="canBeFloat8">Whether the product takes it.</param>
    public DeviceMatrix Join(IReadOnlyList<MatrixPart> parts, bool canBeFloat8 = true)
    {
        var (rows, columns) = (parts.Sum(part => (long)part.Rows), parts[0].Columns);
        var isWhole = parts is [var only] && only == new MatrixPart(only.Source);
        if (isWhole && _matrices.TryGetValue(parts[0].Source, out var known))
        {
            return new DeviceMatrix(known);
        }

        if (canBeFloat8 && IsFloat8(type, rows, columns, parts))
        {
            return JoinFloat8(parts, rows, columns);
        }

        if (isWhole)
        {
            return new DeviceMatrix(Matrix(parts[0].Source));
        }

        var values = Allocate(rows * columns);
        var row = 0L;
        foreach (var part in parts)
        {
            Copy(part.Source.Read(), part.FirstRow, part.Rows, part.FirstColumn, columns, values + (row * columns * type.Size()));
            row += part.Rows;
        }

        return new DeviceMatrix(values);
    }

    /// <summary>Whether a backend of that type can keep a matrix of that format and width in 8-bit floating point.</summary>
    public static bool IsFloat8(ElementType type, WeightFormat format, long columns) =>
        type == ElementType.BFloat16 && format == WeightFormat.Float8E4M3 && columns % DeviceMatrix.Float8Columns == 0;

    /// <summary>Bytes of a matrix in 8-bit floating point.</summary>
    public static long Float8Bytes(long rows, long columns) => rows * (columns + (sizeof(float) * ScalesPerRow(columns)));

    // Kernels count in 16 codes, as 32-bit numbers. A column that a scale begins with must stay one.
    private static bool IsFloat8(ElementType type, long rows, int columns, IReadOnlyList<MatrixPart> parts) =>
        rows * columns / DeviceMatrix.Float8Columns <= int.MaxValue
        && parts.All(part => IsFloat8(type, part.Source.Format, columns) && part.FirstColumn % WeightMatrix.ScaleBlock == 0);

    private static long ScalesPerRow(long columns) => (columns + WeightMatrix.ScaleBlock - 1) / WeightMatrix.ScaleBlock;

    private DeviceMatrix JoinFloat8(IReadOnlyList<MatrixPart> parts, long rows, int columns)
    {
        var squares = (int)ScalesPerRow(columns);
        var (codes, scales) = (AllocateBytes(rows * columns), AllocateBytes(rows * squares * sizeof(float)));
        var row = 0L;
        foreach (var part in parts)
        {
            var matrix = part.Source.Read();
            CopyCodes(matrix, part, codes + (row * columns));
            gpu.Upload(MemoryMarshal.AsBytes(RowScales(matrix, part, squares).AsSpan()), scales + (row * squares * sizeof(float)));
            row += part.Rows;
        }

        return new DeviceMatrix(codes, scales);
    }

    private void CopyCodes(WeightMatrix matrix, in MatrixPart part, DevicePointer destination)
    {
        var stored = matrix.StoredRows(part.FirstRow, part.Rows);
        if (part.Columns == matrix.Columns)
        {
            gpu.Upload(stored, destination);
            return;
        }

        var packed = new byte[part.Rows * part.Columns];
        for (var row = 0; row < part.Rows; row++)
        {
            stored.Slice((row * matrix.Columns) + part.FirstColumn, part.Columns).CopyTo(packed.AsSpan(row * part.Columns));
        }

        gpu.Upload(packed, destination);
    }

    /// <summary>Of each row the scales of the squares that it lies in.</summary>
    private static float[] RowScales(WeightMatrix matrix, in MatrixPart part, int squares)
    {
        var scales = new float[part.Rows * squares];
        var (perRow, first) = (WeightMatrix.ScalesPerRow(matrix.Columns), part.FirstColumn / WeightMatrix.ScaleBlock);
        for (var row = 0; row < part.Rows; row++)
        {
            var square = (part.FirstRow + row) / WeightMatrix.ScaleBlock;
            matrix.Scales.AsSpan((square * perRow) + first, squares).CopyTo(scales.AsSpan(row * squares));
        }

        return scales;
    }

    /// <summary>A part of a matrix, packed.</summary>
    private void Copy(WeightMatrix matrix, int firstRow, int rows, int firstColumn, int columns, DevicePointer destination)
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

    /// <summary>The same of several, in one piece of memory; each at a multiple of 16 bytes.</summary>
    public IReadOnlyList<DevicePointer> Vectors(IReadOnlyList<float[]> vectors)
    {
        const int Alignment = 16;
        long Bytes(float[] values) => ((long)values.Length * type.Size() + Alignment - 1) / Alignment * Alignment;
        var next = AllocateBytes(vectors.Sum(Bytes));
        var pointers = new DevicePointer[vectors.Count];
        for (var i = 0; i < pointers.Length; i++)
        {
            pointers[i] = next;
            Upload(vectors[i], next);
            next += Bytes(vectors[i]);
        }

        return pointers;
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

    /// <summary>Room for that many elements.</summary>
    private DevicePointer Allocate(long elements) => AllocateBytes(elements * type.Size());

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
