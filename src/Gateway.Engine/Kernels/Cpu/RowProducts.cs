using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// Rows times some of many vectors, y[j, i] = rows[i] · x[tokens[j]], each product summed in the order of <see cref="DotProducts"/>.
/// </summary>
internal static unsafe class RowProducts
{
    /// <summary>Rows of a tile.</summary>
    public const int TileRows = 4;

    private const int TileTokens = 4;
    private const int Lanes = 16;

    /// <param name="rows">rowCount × columns values.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="columns">Length of each product.</param>
    /// <param name="x">Vectors of <paramref name="columns"/> values, each <paramref name="xStride"/> after the last.</param>
    /// <param name="xStride">Distance between vectors.</param>
    /// <param name="tokens">Which of them.</param>
    /// <param name="y">The product of row i and the j-th token goes to j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the results of one token and those of the next.</param>
    public static void Multiply(
        ReadOnlySpan<float> rows, int rowCount, int columns,
        ReadOnlySpan<float> x, int xStride, ReadOnlySpan<int> tokens,
        Span<float> y, int yStride)
    {
        _ = rows[..(rowCount * columns)];
        fixed (float* rows0 = rows)
        fixed (float* x0 = x)
        {
            for (var i = 0; i < rowCount; i += TileRows)
            {
                // Rows and tokens that a tile has too many are the last ones again, and their products are not stored.
                var lastRow = Math.Min(TileRows, rowCount - i) - 1;
                var row = rows0 + ((nint)i * columns);
                for (var j = 0; j < tokens.Length; j += TileTokens)
                {
                    var last = Math.Min(TileTokens, tokens.Length - j) - 1;
                    var target = y[((j * yStride) + i)..];
                    if (last == 0)
                    {
                        Single(row, lastRow, columns, Vector(x, x0, xStride, tokens[j], columns), target);
                        continue;
                    }

                    Tile(
                        row, lastRow, columns,
                        Vector(x, x0, xStride, tokens[j], columns),
                        Vector(x, x0, xStride, tokens[j + Math.Min(1, last)], columns),
                        Vector(x, x0, xStride, tokens[j + Math.Min(2, last)], columns),
                        Vector(x, x0, xStride, tokens[j + last], columns),
                        last, target, yStride);
                }
            }
        }
    }

    private static float* Vector(ReadOnlySpan<float> x, float* x0, int xStride, int token, int columns)
    {
        // Memory is addressed without checks from here on.
        _ = x.Slice(token * xStride, columns);
        return x0 + ((nint)token * xStride);
    }

    private static void Tile(
        float* row0, int lastRow, int columns, float* x0, float* x1, float* x2, float* x3, int last, Span<float> y, int yStride)
    {
        var row1 = row0 + ((nint)Math.Min(1, lastRow) * columns);
        var row2 = row0 + ((nint)Math.Min(2, lastRow) * columns);
        var row3 = row0 + ((nint)lastRow * columns);
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<float> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<float> s30 = default, s31 = default, s32 = default, s33 = default;
        var whole = columns - (columns % Lanes);
        for (nint c = 0; c < whole; c += Lanes)
        {
            var v0 = Vector512.Load(x0 + c);
            var v1 = Vector512.Load(x1 + c);
            var v2 = Vector512.Load(x2 + c);
            var v3 = Vector512.Load(x3 + c);
            var r = Vector512.Load(row0 + c);
            s00 = Vector512.FusedMultiplyAdd(r, v0, s00);
            s01 = Vector512.FusedMultiplyAdd(r, v1, s01);
            s02 = Vector512.FusedMultiplyAdd(r, v2, s02);
            s03 = Vector512.FusedMultiplyAdd(r, v3, s03);
            r = Vector512.Load(row1 + c);
            s10 = Vector512.FusedMultiplyAdd(r, v0, s10);
            s11 = Vector512.FusedMultiplyAdd(r, v1, s11);
            s12 = Vector512.FusedMultiplyAdd(r, v2, s12);
            s13 = Vector512.FusedMultiplyAdd(r, v3, s13);
            r = Vector512.Load(row2 + c);
            s20 = Vector512.FusedMultiplyAdd(r, v0, s20);
            s21 = Vector512.FusedMultiplyAdd(r, v1, s21);
            s22 = Vector512.FusedMultiplyAdd(r, v2, s22);
            s23 = Vector512.FusedMultiplyAdd(r, v3, s23);
            r = Vector512.Load(row3 + c);
            s30 = Vector512.FusedMultiplyAdd(r, v0, s30);
            s31 = Vector512.FusedMultiplyAdd(r, v1, s31);
            s32 = Vector512.FusedMultiplyAdd(r, v2, s32);
            s33 = Vector512.FusedMultiplyAdd(r, v3, s33);
        }

        Store(y, lastRow, s00, s10, s20, s30, row0, row1, row2, row3, x0, whole, columns);
        Store(y[yStride..], lastRow, s01, s11, s21, s31, row0, row1, row2, row3, x1, whole, columns);
        if (last > 1)
        {
            Store(y[(2 * yStride)..], lastRow, s02, s12, s22, s32, row0, row1, row2, row3, x2, whole, columns);
        }

        if (last > 2)
        {
            Store(y[(3 * yStride)..], lastRow, s03, s13, s23, s33, row0, row1, row2, row3, x3, whole, columns);
        }
    }

    private static void Single(float* row0, int lastRow, int columns, float* x, Span<float> y)
    {
        var row1 = row0 + ((nint)Math.Min(1, lastRow) * columns);
        var row2 = row0 + ((nint)Math.Min(2, lastRow) * columns);
        var row3 = row0 + ((nint)lastRow * columns);
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var whole = columns - (columns % Lanes);
        for (nint c = 0; c < whole; c += Lanes)
        {
            var v = Vector512.Load(x + c);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(row0 + c), v, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Load(row1 + c), v, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Load(row2 + c), v, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Load(row3 + c), v, s3);
        }

        Store(y, lastRow, s0, s1, s2, s3, row0, row1, row2, row3, x, whole, columns);
    }

    private static void Store(
        Span<float> y, int lastRow, Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3,
        float* row0, float* row1, float* row2, float* row3, float* x, int whole, int columns)
    {
        // The last row first: where there are fewer, its copies come to the same.
        y[lastRow] = Finish(s3, row3, x, whole, columns);
        y[Math.Min(2, lastRow)] = Finish(s2, row2, x, whole, columns);
        y[Math.Min(1, lastRow)] = Finish(s1, row1, x, whole, columns);
        y[0] = Finish(s0, row0, x, whole, columns);
    }

    private static float Finish(Vector512<float> lanes, float* row, float* x, int from, int columns) => DotProducts.Finish(
        lanes, ref MemoryMarshal.GetReference(new ReadOnlySpan<float>(row, columns)), ref MemoryMarshal.GetReference(new ReadOnlySpan<float>(x, columns)), from, columns);
}
