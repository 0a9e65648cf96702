using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

public sealed class DotProductsTests
{
    private readonly Random _random = new(7);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(4, 16, 2)]
    [InlineData(5, 40, 3)]
    [InlineData(7, 15, 5)]
    [InlineData(13, 193, 9)]
    public void Multiply_AnyShape_EqualsTheExactProduct(int rows, int columns, int vectors)
    {
        var (a, x) = (Random(rows * columns), Random(vectors * columns));
        var y = new float[rows * vectors];
        DotProducts.Multiply(a, rows, columns, x, columns, vectors, y, rows);
        for (var i = 0; i < rows * vectors; i++)
        {
            var expected = Enumerable.Range(0, columns).Sum(c => (double)a[(i % rows * columns) + c] * x[(i / rows * columns) + c]);
            Assert.Equal(expected, y[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(48)]
    [InlineData(50)]
    public void Multiply_WhateverIsBeside_TheBitsAreTheSame(int columns)
    {
        const int Rows = 11;
        const int Vectors = 9;
        var (a, x) = (Random(Rows * columns), Random(Vectors * columns));
        var together = new float[Rows * Vectors];
        DotProducts.Multiply(a, Rows, columns, x, columns, Vectors, together, Rows);
        for (var row = 0; row < Rows; row++)
        {
            for (var vector = 0; vector < Vectors; vector++)
            {
                var alone = DotProducts.Dot(a.AsSpan(row * columns, columns), x.AsSpan(vector * columns, columns));
                Assert.Equal(alone, together[(vector * Rows) + row]);
            }
        }
    }

    [Fact]
    public void Multiply_StridedVectors_LeavesTheGapsAlone()
    {
        var y = new float[] { -1, -1, -1, -1, -1, -1 };
        DotProducts.Multiply([1, 2, 3, 4], 2, 2, [1, 0, 9, 0, 1], 3, 2, y, 4);
        Assert.Equal([1, 3, -1, -1, 2, 4], y);
    }

    [Fact]
    public void Multiply_BufferTooShort_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DotProducts.Multiply(new float[31], 2, 16, new float[16], 16, 1, new float[2], 2));

    [Theory]
    [InlineData(WeightFormat.Float16)]
    [InlineData(WeightFormat.BFloat16)]
    internal void MatrixProduct_SixteenBitWeights_GiveTheBitsOfTheirWidenedForm(WeightFormat format)
    {
        const int Rows = 10;
        const int Columns = 37;
        var bits = Enumerable.Range(0, Rows * Columns).Select(_ => Narrow((_random.NextSingle() * 2) - 1, format)).ToArray();
        var widened = bits.Select(value => Widen(value, format)).ToArray();
        var x = Random(3 * Columns);
        var (y16, y32) = (new float[3 * Rows], new float[3 * Rows]);
        using var team = new CpuTeam(2);
        MatrixProduct.Multiply(team, x, Columns, 3, WeightMatrix.FromHalf(Rows, Columns, format, bits), y16, Rows);
        MatrixProduct.Multiply(team, x, Columns, 3, WeightMatrix.FromSingle(Rows, Columns, widened), y32, Rows);
        Assert.Equal(y32, y16);
    }

    [Fact]
    public void MatrixProduct_SharedBetweenThreads_GivesTheSameBits()
    {
        const int Size = 512;
        var weights = WeightMatrix.FromSingle(Size, Size, Random(Size * Size));
        var x = Random(8 * Size);
        var (one, many) = (new float[8 * Size], new float[8 * Size]);
        using CpuTeam single = new(1), team = new(3);
        MatrixProduct.Multiply(single, x, Size, 8, weights, one, Size);
        MatrixProduct.Multiply(team, x, Size, 8, weights, many, Size);
        Assert.Equal(one, many);
    }

    [Fact]
    public void TransposedRows_AnyNumberOfRows_EqualsTheExactProduct()
    {
        var weights = WeightMatrix.FromSingle(9, 20, Random(180));
        var x = Random(2 * 7);
        var y = new float[40];
        MatrixProduct.TransposedRows(weights, 1, 8, x, 7, 2, y, 20);
        for (var i = 0; i < y.Length; i++)
        {
            var expected = Enumerable.Range(0, 7).Sum(row => (double)x[(i / 20 * 7) + row] * weights.SingleRows(row + 1, 1)[i % 20]);
            Assert.Equal(expected, y[i], 1e-5);
        }
    }

    private static ushort Narrow(float value, WeightFormat format) => format == WeightFormat.Float16
        ? BitConverter.HalfToUInt16Bits((Half)value)
        : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    private static float Widen(ushort bits, WeightFormat format) => format == WeightFormat.Float16
        ? (float)BitConverter.UInt16BitsToHalf(bits)
        : BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2) - 1)];
}
