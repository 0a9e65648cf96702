using Gateway.Engine.Kernels.Cpu;
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

    private float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2) - 1)];
}
