using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// Every row of one matrix times every row of another: y[j, i] = rows[i] · x[j].
/// </summary>
/// <remarks>
/// Each product is summed in one fixed order, whatever tile it falls into: sixteen lanes with one fused multiply-add per
/// sixteen columns, the lanes added pairwise, the remaining columns one by one. The result for one (i, j) therefore has the same
/// bits whatever else is computed beside it, which is what makes an answer independent of the batch that it was computed in.
/// </remarks>
internal static class DotProducts
{
    /// <summary>Rows that are multiplied together, so that each load of a vector is used that often.</summary>
    public const int TileRows = 4;

    private const int TileVectors = 4;

    /// <param name="rows">rowCount × columns values.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="columns">Length of each product.</param>
    /// <param name="x">vectorCount vectors of <paramref name="columns"/> values, each <paramref name="xStride"/> after the last.</param>
    /// <param name="xStride">Distance between vectors.</param>
    /// <param name="vectorCount">Number of vectors.</param>
    /// <param name="y">The product of row i and vector j goes to j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the results of one vector and those of the next.</param>
    public static void Multiply(
        ReadOnlySpan<float> rows, int rowCount, int columns,
        ReadOnlySpan<float> x, int xStride, int vectorCount,
        Span<float> y, int yStride)
    {
        if (rowCount == 0 || vectorCount == 0)
        {
            return;
        }

        // The tiles below address memory without checks; these three slices are the checks.
        _ = rows[..(rowCount * columns)];
        _ = x[..(((vectorCount - 1) * xStride) + columns)];
        _ = y[..(((vectorCount - 1) * yStride) + rowCount)];
        ref var row0 = ref MemoryMarshal.GetReference(rows);
        ref var x0 = ref MemoryMarshal.GetReference(x);
        var i = 0;
        for (; i <= rowCount - TileRows; i += TileRows)
        {
            ref var row = ref Unsafe.Add(ref row0, (nint)i * columns);
            var j = 0;
            for (; j <= vectorCount - TileVectors; j += TileVectors)
            {
                Tile4By4(ref row, columns, ref Unsafe.Add(ref x0, (nint)j * xStride), xStride, y[((j * yStride) + i)..], yStride);
            }

            for (; j < vectorCount; j++)
            {
                Tile4By1(ref row, columns, ref Unsafe.Add(ref x0, (nint)j * xStride), y[((j * yStride) + i)..]);
            }
        }

        for (; i < rowCount; i++)
        {
            ref var row = ref Unsafe.Add(ref row0, (nint)i * columns);
            for (var j = 0; j < vectorCount; j++)
            {
                y[(j * yStride) + i] = Single(ref row, ref Unsafe.Add(ref x0, (nint)j * xStride), columns);
            }
        }
    }

    /// <summary>The product of two vectors of the same length, summed in the order of <see cref="Multiply"/>.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Debug.Assert(a.Length == b.Length);
        return Single(ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b[..a.Length]), a.Length);
    }

    private static void Tile4By4(ref float row, int columns, ref float x, int xStride, Span<float> y, int yStride)
    {
        Vector512<float> s00 = default, s10 = default, s20 = default, s30 = default;
        Vector512<float> s01 = default, s11 = default, s21 = default, s31 = default;
        Vector512<float> s02 = default, s12 = default, s22 = default, s32 = default;
        Vector512<float> s03 = default, s13 = default, s23 = default, s33 = default;
        ref var row1 = ref Unsafe.Add(ref row, columns);
        ref var row2 = ref Unsafe.Add(ref row1, columns);
        ref var row3 = ref Unsafe.Add(ref row2, columns);
        ref var x1 = ref Unsafe.Add(ref x, xStride);
        ref var x2 = ref Unsafe.Add(ref x1, xStride);
        ref var x3 = ref Unsafe.Add(ref x2, xStride);
        var whole = columns - (columns % Vector512<float>.Count);
        for (nuint c = 0; c < (nuint)whole; c += (nuint)Vector512<float>.Count)
        {
            var v0 = Vector512.LoadUnsafe(ref x, c);
            var v1 = Vector512.LoadUnsafe(ref x1, c);
            var v2 = Vector512.LoadUnsafe(ref x2, c);
            var v3 = Vector512.LoadUnsafe(ref x3, c);
            var r = Vector512.LoadUnsafe(ref row, c);
            s00 = Vector512.FusedMultiplyAdd(r, v0, s00);
            s01 = Vector512.FusedMultiplyAdd(r, v1, s01);
            s02 = Vector512.FusedMultiplyAdd(r, v2, s02);
            s03 = Vector512.FusedMultiplyAdd(r, v3, s03);
            r = Vector512.LoadUnsafe(ref row1, c);
            s10 = Vector512.FusedMultiplyAdd(r, v0, s10);
            s11 = Vector512.FusedMultiplyAdd(r, v1, s11);
            s12 = Vector512.FusedMultiplyAdd(r, v2, s12);
            s13 = Vector512.FusedMultiplyAdd(r, v3, s13);
            r = Vector512.LoadUnsafe(ref row2, c);
            s20 = Vector512.FusedMultiplyAdd(r, v0, s20);
            s21 = Vector512.FusedMultiplyAdd(r, v1, s21);
            s22 = Vector512.FusedMultiplyAdd(r, v2, s22);
            s23 = Vector512.FusedMultiplyAdd(r, v3, s23);
            r = Vector512.LoadUnsafe(ref row3, c);
            s30 = Vector512.FusedMultiplyAdd(r, v0, s30);
            s31 = Vector512.FusedMultiplyAdd(r, v1, s31);
            s32 = Vector512.FusedMultiplyAdd(r, v2, s32);
            s33 = Vector512.FusedMultiplyAdd(r, v3, s33);
        }

        y[0] = Finish(s00, ref row, ref x, whole, columns);
        y[1] = Finish(s10, ref row1, ref x, whole, columns);
        y[2] = Finish(s20, ref row2, ref x, whole, columns);
        y[3] = Finish(s30, ref row3, ref x, whole, columns);
        y = y[yStride..];
        y[0] = Finish(s01, ref row, ref x1, whole, columns);
        y[1] = Finish(s11, ref row1, ref x1, whole, columns);
        y[2] = Finish(s21, ref row2, ref x1, whole, columns);
        y[3] = Finish(s31, ref row3, ref x1, whole, columns);
        y = y[yStride..];
        y[0] = Finish(s02, ref row, ref x2, whole, columns);
        y[1] = Finish(s12, ref row1, ref x2, whole, columns);
        y[2] = Finish(s22, ref row2, ref x2, whole, columns);
        y[3] = Finish(s32, ref row3, ref x2, whole, columns);
        y = y[yStride..];
        y[0] = Finish(s03, ref row, ref x3, whole, columns);
        y[1] = Finish(s13, ref row1, ref x3, whole, columns);
        y[2] = Finish(s23, ref row2, ref x3, whole, columns);
        y[3] = Finish(s33, ref row3, ref x3, whole, columns);
    }

    private static void Tile4By1(ref float row, int columns, ref float x, Span<float> y)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        ref var row1 = ref Unsafe.Add(ref row, columns);
        ref var row2 = ref Unsafe.Add(ref row1, columns);
        ref var row3 = ref Unsafe.Add(ref row2, columns);
        var whole = columns - (columns % Vector512<float>.Count);
        for (nuint c = 0; c < (nuint)whole; c += (nuint)Vector512<float>.Count)
        {
            var v = Vector512.LoadUnsafe(ref x, c);
            s0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row, c), v, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row1, c), v, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row2, c), v, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row3, c), v, s3);
        }

        y[0] = Finish(s0, ref row, ref x, whole, columns);
        y[1] = Finish(s1, ref row1, ref x, whole, columns);
        y[2] = Finish(s2, ref row2, ref x, whole, columns);
        y[3] = Finish(s3, ref row3, ref x, whole, columns);
    }

    private static float Single(ref float row, ref float x, int columns)
    {
        Vector512<float> sum = default;
        var whole = columns - (columns % Vector512<float>.Count);
        for (nuint c = 0; c < (nuint)whole; c += (nuint)Vector512<float>.Count)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row, c), Vector512.LoadUnsafe(ref x, c), sum);
        }

        return Finish(sum, ref row, ref x, whole, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Finish(Vector512<float> lanes, ref float row, ref float x, int from, int columns)
    {
        var eight = lanes.GetLower() + lanes.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        var sum = (four[0] + four[2]) + (four[1] + four[3]);
        for (var c = from; c < columns; c++)
        {
            sum = MathF.FusedMultiplyAdd(Unsafe.Add(ref row, c), Unsafe.Add(ref x, c), sum);
        }

        return sum;
    }
}
