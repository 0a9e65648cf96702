using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>A <see cref="DeviceProduct"/> with sums in double precision, rounded once to the type of y.</summary>
internal static class EmulatedProduct
{
    /// <exception cref="GpuException">A matrix does not lie in a live buffer, or a size is out of range.</exception>
    public static void Check(in DeviceProduct p, EmulatedMemory memory)
    {
        if (p.M < 1 || p.N < 1 || p.K < 1 || p.Batch < 1)
        {
            throw new GpuException($"A product of M {p.M}, N {p.N}, K {p.K} and batch {p.Batch}; all must be at least 1.");
        }

        var wRows = p.WIsTransposed ? p.K : p.N;
        var wColumns = p.WIsTransposed ? p.N : p.K;
        if (p.XStride < p.K || p.WStride < wColumns || p.YStride < p.N)
        {
            throw new GpuException($"Strides of x {p.XStride}, w {p.WStride}, y {p.YStride} are below the rows' {p.K}, {wColumns}, {p.N} elements.");
        }

        for (var b = 0; b < p.Batch; b++)
        {
            Matrix(memory, p.X, p.Input, b * p.XBatchStride, p.M, p.K, p.XStride);
            Matrix(memory, p.W, p.Input, b * p.WBatchStride, wRows, wColumns, p.WStride);
            Matrix(memory, p.Y, p.Output, b * p.YBatchStride, p.M, p.N, p.YStride);
        }

        if (!p.Bias.IsNull)
        {
            Matrix(memory, p.Bias, p.Output, 0, 1, p.N, p.N);
        }
    }

    public static void Run(in DeviceProduct p, EmulatedMemory memory)
    {
        for (var b = 0; b < p.Batch; b++)
        {
            RunOne(p, memory, b);
        }
    }

    private static void RunOne(in DeviceProduct p, EmulatedMemory memory, int b)
    {
        var x = new double[(long)p.M * p.K];
        var values = Matrix(memory, p.X, p.Input, b * p.XBatchStride, p.M, p.K, p.XStride);
        for (var m = 0; m < p.M; m++)
        {
            Widen(values, p.Input, m * p.XStride, x.AsSpan(m * p.K, p.K));
        }

        var weights = p.WIsTransposed
            ? Matrix(memory, p.W, p.Input, b * p.WBatchStride, p.K, p.N, p.WStride)
            : Matrix(memory, p.W, p.Input, b * p.WBatchStride, p.N, p.K, p.WStride);
        var y = Matrix(memory, p.Y, p.Output, b * p.YBatchStride, p.M, p.N, p.YStride);
        var bias = p.Bias.IsNull ? default : Matrix(memory, p.Bias, p.Output, 0, 1, p.N, p.N);
        var row = new double[p.K];
        Span<double> one = stackalloc double[1];
        for (var n = 0; n < p.N; n++)
        {
            if (p.WIsTransposed)
            {
                for (var k = 0; k < p.K; k++)
                {
                    Widen(weights, p.Input, (k * p.WStride) + n, row.AsSpan(k, 1));
                }
            }
            else
            {
                Widen(weights, p.Input, n * p.WStride, row);
            }

            var added = 0d;
            if (!bias.IsEmpty)
            {
                Widen(bias, p.Output, n, one);
                added = one[0];
            }

            for (var m = 0; m < p.M; m++)
            {
                var sum = TensorPrimitives.Dot<double>(x.AsSpan(m * p.K, p.K), row) + added;
                var place = (m * p.YStride) + n;
                if (p.Accumulate)
                {
                    Widen(y, p.Output, place, one);
                    sum += one[0];
                }

                Store(y, p.Output, place, (float)sum);
            }
        }
    }

    private static Span<byte> Matrix(EmulatedMemory memory, DevicePointer start, ElementType type, long offset, int rows, int columns, long stride)
    {
        var size = type == ElementType.Float32 ? sizeof(float) : sizeof(ushort);
        return memory.Span(start + (offset * size), (((rows - 1) * stride) + columns) * size);
    }

    private static void Widen(ReadOnlySpan<byte> bytes, ElementType type, long first, Span<double> values)
    {
        if (type == ElementType.Float32)
        {
            TensorPrimitives.ConvertChecked<float, double>(MemoryMarshal.Cast<byte, float>(bytes).Slice((int)first, values.Length), values);
            return;
        }

        var halves = MemoryMarshal.Cast<byte, ushort>(bytes).Slice((int)first, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BFloat16Bits.ToSingle(halves[i]);
        }
    }

    private static void Store(Span<byte> bytes, ElementType type, long place, float value)
    {
        if (type == ElementType.Float32)
        {
            MemoryMarshal.Cast<byte, float>(bytes)[(int)place] = value;
        }
        else
        {
            MemoryMarshal.Cast<byte, ushort>(bytes)[(int)place] = BFloat16Bits.FromSingle(value);
        }
    }
}
