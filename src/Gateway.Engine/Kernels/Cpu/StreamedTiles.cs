using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// The tiles of <see cref="StreamedRows"/>. They leave their sums in memory and call nothing, so that those stay in registers meanwhile: what lives across a
/// call is stored after each multiply-add.
/// </summary>
internal static unsafe class StreamedTiles
{
    /// <summary>Lanes of a sum.</summary>
    public const int Lanes = 16;

    // Rows of a tile of several vectors.
    private const int Places = 4;

    // So far ahead are a row's weights asked for, in bytes.
    private const int PrefetchDistance = 512;

    /// <summary>Eight rows, each <paramref name="apart"/> from the last, times one vector.</summary>
    /// <param name="product">What is multiplied.</param>
    /// <param name="row">The first row.</param>
    /// <param name="apart">Distance between the rows.</param>
    /// <param name="sums">Receives sixteen lanes for each row.</param>
    public static void Tile8By1<TForm>(in StreamedProduct product, int row, int apart, Vector512<float>* sums)
        where TForm : IWeightForm
    {
        var (columns, rowBytes) = (product.Columns, product.RowBytes);
        var x = product.X;
        byte* w0 = product.First + (row * rowBytes), w1 = w0 + (apart * rowBytes), w2 = w1 + (apart * rowBytes), w3 = w2 + (apart * rowBytes);
        byte* w4 = w3 + (apart * rowBytes), w5 = w4 + (apart * rowBytes), w6 = w5 + (apart * rowBytes), w7 = w6 + (apart * rowBytes);
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default, f4 = default, f5 = default, f6 = default, f7 = default;
        nint whole = columns - (columns % Lanes), column = 0;
        while (column < whole)
        {
            var end = whole;
            if (TForm.HasScales)
            {
                end = Math.Min(whole, column + WeightMatrix.ScaleBlock);
                f0 = product.Factors<TForm>(row, column);
                f1 = product.Factors<TForm>(row + apart, column);
                f2 = product.Factors<TForm>(row + (2 * apart), column);
                f3 = product.Factors<TForm>(row + (3 * apart), column);
                f4 = product.Factors<TForm>(row + (4 * apart), column);
                f5 = product.Factors<TForm>(row + (5 * apart), column);
                f6 = product.Factors<TForm>(row + (6 * apart), column);
                f7 = product.Factors<TForm>(row + (7 * apart), column);
            }

            for (; column < end; column += Lanes)
            {
                var at = column * TForm.Bytes;
                var v = Vector512.Load(x + column);
                s0 = Vector512.FusedMultiplyAdd(Load<TForm>(w0 + at, f0), v, s0);
                s1 = Vector512.FusedMultiplyAdd(Load<TForm>(w1 + at, f1), v, s1);
                s2 = Vector512.FusedMultiplyAdd(Load<TForm>(w2 + at, f2), v, s2);
                s3 = Vector512.FusedMultiplyAdd(Load<TForm>(w3 + at, f3), v, s3);
                s4 = Vector512.FusedMultiplyAdd(Load<TForm>(w4 + at, f4), v, s4);
                s5 = Vector512.FusedMultiplyAdd(Load<TForm>(w5 + at, f5), v, s5);
                s6 = Vector512.FusedMultiplyAdd(Load<TForm>(w6 + at, f6), v, s6);
                s7 = Vector512.FusedMultiplyAdd(Load<TForm>(w7 + at, f7), v, s7);
            }
        }

        sums[0] = s0;
        sums[1] = s1;
        sums[2] = s2;
        sums[3] = s3;
        sums[4] = s4;
        sums[5] = s5;
        sums[6] = s6;
        sums[7] = s7;
    }

    /// <summary>Four rows, each <paramref name="apart"/> from the last, times two vectors; one that is not there is the last one again.</summary>
    /// <param name="product">What is multiplied.</param>
    /// <param name="row">The first row.</param>
    /// <param name="apart">Distance between the rows.</param>
    /// <param name="vector">The first vector.</param>
    /// <param name="last">The last one that there is.</param>
    /// <param name="column">The first column: a multiple of those that share a scale.</param>
    /// <param name="end">Where the columns end: whole vectors of sixteen lanes.</param>
    /// <param name="sums">[vector, row]: sixteen lanes for each, which the products are added to.</param>
    public static void Tile4By2<TForm>(
        in StreamedProduct product, int row, int apart, int vector, int last, nint column, nint end, Vector512<float>* sums)
        where TForm : IWeightForm
    {
        nint rowBytes = product.RowBytes, stride = product.XStride;
        float* x0 = product.X + (stride * vector), x1 = product.X + (stride * Math.Min(vector + 1, last));
        byte* w0 = product.First + (row * rowBytes), w1 = w0 + (apart * rowBytes), w2 = w1 + (apart * rowBytes), w3 = w2 + (apart * rowBytes);
        int i1 = Places * Math.Min(1, last - vector);
        Vector512<float> s00 = sums[0], s10 = sums[1], s20 = sums[2], s30 = sums[3];
        Vector512<float> s01 = sums[i1], s11 = sums[i1 + 1], s21 = sums[i1 + 2], s31 = sums[i1 + 3];
        Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default;
        while (column < end)
        {
            var next = end;
            if (TForm.HasScales)
            {
                next = Math.Min(end, column + WeightMatrix.ScaleBlock);
                f0 = product.Factors<TForm>(row, column);
                f1 = product.Factors<TForm>(row + apart, column);
                f2 = product.Factors<TForm>(row + (2 * apart), column);
                f3 = product.Factors<TForm>(row + (3 * apart), column);
            }

            for (; column < next; column += Lanes)
            {
                var at = column * TForm.Bytes;
                Vector512<float> a0 = Vector512.Load(x0 + column), a1 = Vector512.Load(x1 + column);
                var w = Load<TForm>(w0 + at, f0);
                s00 = Vector512.FusedMultiplyAdd(w, a0, s00);
                s01 = Vector512.FusedMultiplyAdd(w, a1, s01);
                w = Load<TForm>(w1 + at, f1);
                s10 = Vector512.FusedMultiplyAdd(w, a0, s10);
                s11 = Vector512.FusedMultiplyAdd(w, a1, s11);
                w = Load<TForm>(w2 + at, f2);
                s20 = Vector512.FusedMultiplyAdd(w, a0, s20);
                s21 = Vector512.FusedMultiplyAdd(w, a1, s21);
                w = Load<TForm>(w3 + at, f3);
                s30 = Vector512.FusedMultiplyAdd(w, a0, s30);
                s31 = Vector512.FusedMultiplyAdd(w, a1, s31);
            }
        }

        sums[0] = s00;
        sums[1] = s10;
        sums[2] = s20;
        sums[3] = s30;
        sums[i1] = s01;
        sums[i1 + 1] = s11;
        sums[i1 + 2] = s21;
        sums[i1 + 3] = s31;
    }

    /// <summary>As <see cref="Tile4By2"/>, four vectors.</summary>
    public static void Tile4By4<TForm>(
        in StreamedProduct product, int row, int apart, int vector, int last, nint column, nint end, Vector512<float>* sums)
        where TForm : IWeightForm
    {
        nint rowBytes = product.RowBytes, stride = product.XStride;
        float* x0 = product.X + (stride * vector), x1 = product.X + (stride * Math.Min(vector + 1, last));
        float* x2 = product.X + (stride * Math.Min(vector + 2, last)), x3 = product.X + (stride * Math.Min(vector + 3, last));
        byte* w0 = product.First + (row * rowBytes), w1 = w0 + (apart * rowBytes), w2 = w1 + (apart * rowBytes), w3 = w2 + (apart * rowBytes);
        int i1 = Places * Math.Min(1, last - vector), i2 = Places * Math.Min(2, last - vector), i3 = Places * Math.Min(3, last - vector);
        Vector512<float> s00 = sums[0], s10 = sums[1], s20 = sums[2], s30 = sums[3];
        Vector512<float> s01 = sums[i1], s11 = sums[i1 + 1], s21 = sums[i1 + 2], s31 = sums[i1 + 3];
        Vector512<float> s02 = sums[i2], s12 = sums[i2 + 1], s22 = sums[i2 + 2], s32 = sums[i2 + 3];
        Vector512<float> s03 = sums[i3], s13 = sums[i3 + 1], s23 = sums[i3 + 2], s33 = sums[i3 + 3];
        Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default;
        while (column < end)
        {
            var next = end;
            if (TForm.HasScales)
            {
                next = Math.Min(end, column + WeightMatrix.ScaleBlock);
                f0 = product.Factors<TForm>(row, column);
                f1 = product.Factors<TForm>(row + apart, column);
                f2 = product.Factors<TForm>(row + (2 * apart), column);
                f3 = product.Factors<TForm>(row + (3 * apart), column);
            }

            for (; column < next; column += Lanes)
            {
                var at = column * TForm.Bytes;
                Vector512<float> a0 = Vector512.Load(x0 + column), a1 = Vector512.Load(x1 + column);
                Vector512<float> a2 = Vector512.Load(x2 + column), a3 = Vector512.Load(x3 + column);
                var w = Load<TForm>(w0 + at, f0);
                s00 = Vector512.FusedMultiplyAdd(w, a0, s00);
                s01 = Vector512.FusedMultiplyAdd(w, a1, s01);
                s02 = Vector512.FusedMultiplyAdd(w, a2, s02);
                s03 = Vector512.FusedMultiplyAdd(w, a3, s03);
                w = Load<TForm>(w1 + at, f1);
                s10 = Vector512.FusedMultiplyAdd(w, a0, s10);
                s11 = Vector512.FusedMultiplyAdd(w, a1, s11);
                s12 = Vector512.FusedMultiplyAdd(w, a2, s12);
                s13 = Vector512.FusedMultiplyAdd(w, a3, s13);
                w = Load<TForm>(w2 + at, f2);
                s20 = Vector512.FusedMultiplyAdd(w, a0, s20);
                s21 = Vector512.FusedMultiplyAdd(w, a1, s21);
                s22 = Vector512.FusedMultiplyAdd(w, a2, s22);
                s23 = Vector512.FusedMultiplyAdd(w, a3, s23);
                w = Load<TForm>(w3 + at, f3);
                s30 = Vector512.FusedMultiplyAdd(w, a0, s30);
                s31 = Vector512.FusedMultiplyAdd(w, a1, s31);
                s32 = Vector512.FusedMultiplyAdd(w, a2, s32);
                s33 = Vector512.FusedMultiplyAdd(w, a3, s33);
            }
        }

        sums[0] = s00;
        sums[1] = s10;
        sums[2] = s20;
        sums[3] = s30;
        sums[i1] = s01;
        sums[i1 + 1] = s11;
        sums[i1 + 2] = s21;
        sums[i1 + 3] = s31;
        sums[i2] = s02;
        sums[i2 + 1] = s12;
        sums[i2 + 2] = s22;
        sums[i2 + 3] = s32;
        sums[i3] = s03;
        sums[i3 + 1] = s13;
        sums[i3 + 2] = s23;
        sums[i3 + 3] = s33;
    }

    /// <summary>Sixteen weights, and a request for those to come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load<TForm>(byte* weights, Vector512<float> factors)
        where TForm : IWeightForm
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(weights + PrefetchDistance);
        }

        return TForm.Load(weights, factors);
    }
}
