using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>
/// Weighted sums of the same rows with several sets of weights: sums[i] (+)= Σ weights[i][j] · rows[j], each element a chain of fused
/// multiply-adds in ascending j, whatever the tile.
/// </summary>
internal static unsafe class ValueTiles
{
    private const int Edge = 4;
    private const int Lanes = 16;

    /// <summary>How many sets of weights there must be for that many: whole tiles, the last one's pointers repeated.</summary>
    public static int WholeTiles(int count) => count == 1 ? 1 : (count + Edge - 1) / Edge * Edge;

    /// <param name="weights">Addresses of <paramref name="count"/> sets of <paramref name="rowCount"/> weights.</param>
    /// <param name="count">Whole tiles.</param>
    /// <param name="rows">Addresses of <paramref name="rowCount"/> vectors.</param>
    /// <param name="rowCount">At least 1.</param>
    /// <param name="width">Channels of a row that are used, a multiple of 16.</param>
    /// <param name="sums">Addresses of <paramref name="count"/> results; where one is repeated, all of its repetitions are in one tile.</param>
    /// <param name="add">Whether the sums go on from what is there, or begin at 0.</param>
    public static void Accumulate(float** weights, int count, float** rows, int rowCount, int width, float** sums, bool add)
    {
        if (count == 1)
        {
            AccumulateOne(weights[0], rows, rowCount, width, sums[0], add);
        }
        else if (Vector512.IsHardwareAccelerated)
        {
            AccumulateWide(weights, count, rows, rowCount, width, sums, add);
        }
        else
        {
            AccumulateNarrow(weights, count, rows, rowCount, width, sums, add);
        }
    }

    /// <summary>For 32 registers of 512 bits.</summary>
    internal static void AccumulateWide(float** weights, int count, float** rows, int rowCount, int width, float** sums, bool add)
    {
        // Strips of channels, so that the part of the rows that all sums need stays in the first-level cache.
        var channel = 0;
        for (; channel <= width - (4 * Lanes); channel += 4 * Lanes)
        {
            for (var i = 0; i < count; i += Edge)
            {
                FourByFour(weights + i, rows, rowCount, channel, sums + i, add);
            }
        }

        for (; channel < width; channel += Lanes)
        {
            for (var i = 0; i < count; i += Edge)
            {
                FourByOne(weights + i, rows, rowCount, channel, sums + i, add);
            }
        }
    }

    /// <summary>For 16 registers of 256 bits, two of which stand for each vector here.</summary>
    internal static void AccumulateNarrow(float** weights, int count, float** rows, int rowCount, int width, float** sums, bool add)
    {
        for (var channel = 0; channel < width; channel += Lanes)
        {
            for (var i = 0; i < count; i += Edge)
            {
                FourByOne(weights + i, rows, rowCount, channel, sums + i, add);
            }
        }
    }

    private static void AccumulateOne(float* weights, float** rows, int rowCount, int width, float* sums, bool add)
    {
        var channel = 0;
        for (; channel <= width - (4 * Lanes); channel += 4 * Lanes)
        {
            OneByFour(weights, rows, rowCount, channel, sums + channel, add);
        }

        for (; channel < width; channel += Lanes)
        {
            var sum = add ? Vector512.Load(sums + channel) : default;
            for (nint j = 0; j < rowCount; j++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[j]), Vector512.Load(rows[j] + channel), sum);
            }

            sum.Store(sums + channel);
        }
    }

    private static void OneByFour(float* weights, float** rows, int rowCount, int channel, float* sums, bool add)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        if (add)
        {
            (s0, s1, s2, s3) = (Vector512.Load(sums), Vector512.Load(sums + 16), Vector512.Load(sums + 32), Vector512.Load(sums + 48));
        }

        for (nint j = 0; j < rowCount; j++)
        {
            var row = rows[j] + channel;
            var w = Vector512.Create(weights[j]);
            s0 = Vector512.FusedMultiplyAdd(w, Vector512.Load(row), s0);
            s1 = Vector512.FusedMultiplyAdd(w, Vector512.Load(row + 16), s1);
            s2 = Vector512.FusedMultiplyAdd(w, Vector512.Load(row + 32), s2);
            s3 = Vector512.FusedMultiplyAdd(w, Vector512.Load(row + 48), s3);
        }

        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
    }

    private static void FourByFour(float** weights, float** rows, int rowCount, int channel, float** sums, bool add)
    {
        float* w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3];
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<float> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<float> s30 = default, s31 = default, s32 = default, s33 = default;
        float* t0 = sums[0] + channel, t1 = sums[1] + channel, t2 = sums[2] + channel, t3 = sums[3] + channel;
        if (add)
        {
            (s00, s01, s02, s03) = (Vector512.Load(t0), Vector512.Load(t0 + 16), Vector512.Load(t0 + 32), Vector512.Load(t0 + 48));
            (s10, s11, s12, s13) = (Vector512.Load(t1), Vector512.Load(t1 + 16), Vector512.Load(t1 + 32), Vector512.Load(t1 + 48));
            (s20, s21, s22, s23) = (Vector512.Load(t2), Vector512.Load(t2 + 16), Vector512.Load(t2 + 32), Vector512.Load(t2 + 48));
            (s30, s31, s32, s33) = (Vector512.Load(t3), Vector512.Load(t3 + 16), Vector512.Load(t3 + 32), Vector512.Load(t3 + 48));
        }

        for (nint j = 0; j < rowCount; j++)
        {
            var row = rows[j] + channel;
            var v0 = Vector512.Load(row);
            var v1 = Vector512.Load(row + 16);
            var v2 = Vector512.Load(row + 32);
            var v3 = Vector512.Load(row + 48);
            var w = Vector512.Create(w0[j]);
            s00 = Vector512.FusedMultiplyAdd(w, v0, s00);
            s01 = Vector512.FusedMultiplyAdd(w, v1, s01);
            s02 = Vector512.FusedMultiplyAdd(w, v2, s02);
            s03 = Vector512.FusedMultiplyAdd(w, v3, s03);
            w = Vector512.Create(w1[j]);
            s10 = Vector512.FusedMultiplyAdd(w, v0, s10);
            s11 = Vector512.FusedMultiplyAdd(w, v1, s11);
            s12 = Vector512.FusedMultiplyAdd(w, v2, s12);
            s13 = Vector512.FusedMultiplyAdd(w, v3, s13);
            w = Vector512.Create(w2[j]);
            s20 = Vector512.FusedMultiplyAdd(w, v0, s20);
            s21 = Vector512.FusedMultiplyAdd(w, v1, s21);
            s22 = Vector512.FusedMultiplyAdd(w, v2, s22);
            s23 = Vector512.FusedMultiplyAdd(w, v3, s23);
            w = Vector512.Create(w3[j]);
            s30 = Vector512.FusedMultiplyAdd(w, v0, s30);
            s31 = Vector512.FusedMultiplyAdd(w, v1, s31);
            s32 = Vector512.FusedMultiplyAdd(w, v2, s32);
            s33 = Vector512.FusedMultiplyAdd(w, v3, s33);
        }

        s00.Store(t0);
        s01.Store(t0 + 16);
        s02.Store(t0 + 32);
        s03.Store(t0 + 48);
        s10.Store(t1);
        s11.Store(t1 + 16);
        s12.Store(t1 + 32);
        s13.Store(t1 + 48);
        s20.Store(t2);
        s21.Store(t2 + 16);
        s22.Store(t2 + 32);
        s23.Store(t2 + 48);
        s30.Store(t3);
        s31.Store(t3 + 16);
        s32.Store(t3 + 32);
        s33.Store(t3 + 48);
    }

    private static void FourByOne(float** weights, float** rows, int rowCount, int channel, float** sums, bool add)
    {
        float* w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3];
        float* t0 = sums[0] + channel, t1 = sums[1] + channel, t2 = sums[2] + channel, t3 = sums[3] + channel;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        if (add)
        {
            (s0, s1, s2, s3) = (Vector512.Load(t0), Vector512.Load(t1), Vector512.Load(t2), Vector512.Load(t3));
        }

        for (nint j = 0; j < rowCount; j++)
        {
            var v = Vector512.Load(rows[j] + channel);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Create(w0[j]), v, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Create(w1[j]), v, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Create(w2[j]), v, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Create(w3[j]), v, s3);
        }

        s0.Store(t0);
        s1.Store(t1);
        s2.Store(t2);
        s3.Store(t3);
    }
}
