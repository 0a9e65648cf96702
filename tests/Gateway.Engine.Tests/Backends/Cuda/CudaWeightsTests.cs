using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Backends.Cuda;

public sealed class CudaWeightsTests
{
    [Fact]
    public void Join_Float8PartsThatEndInSquares_KeepsCodesAndGivesEachRowItsScales()
    {
        const int Columns = 272;
        WeightSource[] sources = [Float8Source(1, 131, Columns), Float8Source(2, 5, Columns), Float8Source(3, 260, Columns)];
        using var gpu = new EmulatedGpu();
        using var weights = new CudaWeights(gpu, ElementType.BFloat16);
        var joined = weights.Join([.. sources.Select(source => new MatrixPart(source))]);
        Assert.Equal(sources.SelectMany(source => Widened(source.Read())), Download(gpu, joined, 396, Columns));
    }

    [Fact]
    public void Join_PartsOfAFloat8Matrix_TakesTheScalesOfTheirSquares()
    {
        var source = Float8Source(4, 300, 512);
        using var gpu = new EmulatedGpu();
        using var weights = new CudaWeights(gpu, ElementType.BFloat16);
        var joined = weights.Join([new MatrixPart(source, 100, 60, 128, 208), new MatrixPart(source, 7, 3, 256, 208)]);
        var all = Widened(source.Read()).Chunk(512).ToArray();
        Assert.Equal([.. all[100..160].SelectMany(row => row[128..336]), .. all[7..10].SelectMany(row => row[256..464])], Download(gpu, joined, 63, 208));
    }

    [Theory]
    [InlineData("another type to compute in")]
    [InlineData("a part in another format")]
    [InlineData("columns that a lane does not take whole")]
    [InlineData("a cut within a square")]
    [InlineData("a product that does not take it")]
    public void Join_WhatCannotStayFloat8_IsWidened(string reason)
    {
        var type = reason == "another type to compute in" ? ElementType.Float32 : ElementType.BFloat16;
        var source = Float8Source(5, 20, reason == "columns that a lane does not take whole" ? 136 : 256);
        var part = reason == "a cut within a square" ? new MatrixPart(source, 0, 20, 64, 192) : new MatrixPart(source);
        var other = reason == "a part in another format"
            ? new WeightSource("other", 20, 256, WeightFormat.BFloat16, () => WeightMatrix.FromHalf(20, 256, WeightFormat.BFloat16, new ushort[20 * 256]))
            : source;
        using var gpu = new EmulatedGpu();
        using var weights = new CudaWeights(gpu, type);
        var joined = weights.Join([part, part with { Source = other }], canBeFloat8: reason != "a product that does not take it");
        Assert.False(joined.IsFloat8);
        var (rows, columns) = (Widened(source.Read()).Chunk(source.Columns), part.Columns);
        float[] expected = [.. rows.SelectMany(row => row[part.FirstColumn..(part.FirstColumn + columns)]).Select(value => Values.Round(type, value))];
        Assert.Equal(expected, Read(gpu, type, joined.Values, 20 * columns));
    }

    [Fact]
    public void Join_MatrixThatIsThereWidened_IsThatOne()
    {
        var source = Float8Source(6, 32, 64);
        using var gpu = new EmulatedGpu();
        using var weights = new CudaWeights(gpu, ElementType.BFloat16);
        var table = weights.Matrix(source);
        Assert.Equal(new DeviceMatrix(table), weights.Join([new MatrixPart(source)]));
        Assert.True(weights.Join([new MatrixPart(source, 0, 16, 0, 64)]).IsFloat8);
    }

    internal static WeightSource Float8Source(int seed, int rows, int columns)
    {
        var random = new Random(seed);
        byte[] codes = [.. Enumerable.Range(0, rows * columns).Select(_ => (byte)(random.Next(127) | (random.Next(2) << 7)))];
        float[] scales = [.. Enumerable.Range(0, WeightMatrix.ScalesPerRow(rows) * WeightMatrix.ScalesPerRow(columns)).Select(_ => random.NextSingle() / 448)];
        var matrix = WeightMatrix.FromFloat8(rows, columns, codes, scales);
        return new WeightSource($"source {seed}", rows, columns, WeightFormat.Float8E4M3, () => matrix);
    }

    internal static float[] Widened(WeightMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        WeightRows.CopyWidened(matrix, 0, matrix.Rows, values);
        return values;
    }

    private static float[] Download(IGpu gpu, DeviceMatrix matrix, int rows, int columns)
    {
        Assert.True(matrix.IsFloat8);
        var perRow = WeightMatrix.ScalesPerRow(columns);
        var (codes, scales) = (gpu.ToHost<byte>(matrix.Values, rows * columns), gpu.ToHost<float>(matrix.Scales, rows * perRow));
        return [.. codes.Select((code, i) => Float8.Value(code) * scales[(i / columns * perRow) + (i % columns / WeightMatrix.ScaleBlock)])];
    }

    private static float[] Read(IGpu gpu, ElementType type, DevicePointer pointer, int count) =>
        type == ElementType.Float32 ? gpu.ToHost<float>(pointer, count) : BFloat16Bits.ToSingles(gpu.ToHost<ushort>(pointer, count));
}
