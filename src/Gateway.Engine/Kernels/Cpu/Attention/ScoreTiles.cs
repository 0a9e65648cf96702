using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>Every query times every key: scores[i][j] = (queries[i] · keys[j]) · scale.</summary>
/// <remarks>
/// Each product is summed in the order of <see cref="DotProducts"/>: sixteen lanes, one fused multiply-add per sixteen channels, then the
/// lanes by halves. So a score has the same bits in every tile and on every width of vectors.
/// </remarks>
internal static unsafe class ScoreTiles
{
    private const int Edge = 4;

    // Queries that stay in the first-level cache while the keys pass: 8 of 576 channels are 18 KiB.
    private const int QueriesAtOnce = 8;

    /// <summary>How many queries or keys there must be for that many: whole tiles, filled with pointers that are there already.</summary>
    public static int WholeTiles(int count) => count == 1 ? 1 : (count + Edge - 1) / Edge * Edge;

    /// <param name="queries">Addresses of <paramref name="queryCount"/> vectors.</param>
    /// <param name="queryCount">Whole tiles.</param>
    /// <param name="keys">Addresses of <paramref name="keyCount"/> vectors.</param>
    /// <param name="keyCount">Whole tiles.</param>
    /// <param name="width">Channels, a multiple of 16.</param>
    /// <param name="scale">What each product is multiplied by.</param>
    /// <param name="scores">Addresses of <paramref name="queryCount"/> rows of <paramref name="keyCount"/> results.</param>
    public static void Multiply(float** queries, int queryCount, float** keys, int keyCount, int width, float scale, float** scores)
    {
        if (queryCount == 1 || keyCount == 1)
        {
            MultiplySingly(queries, queryCount, keys, keyCount, width, scale, scores);
        }
        else if (Avx512F.IsSupported)
        {
            MultiplyWide(queries, queryCount, keys, keyCount, width, scale, scores);
        }
        else
        {
            MultiplyNarrow(queries, queryCount, keys, keyCount, width, scale, scores);
        }
    }

    /// <summary>For 32 registers of 512 bits.</summary>
    internal static void MultiplyWide(float** queries, int queryCount, float** keys, int keyCount, int width, float scale, float** scores)
    {
        for (var first = 0; first < queryCount; first += QueriesAtOnce)
        {
            var last = Math.Min(first + QueriesAtOnce, queryCount);
            for (var key = 0; key < keyCount; key += Edge)
            {
                for (var query = first; query < last; query += Edge)
                {
                    FourByFour(queries + query, keys + key, width, scale, scores + query, key);
                }
            }
        }
    }

    /// <summary>For 16 registers of 256 bits, two of which stand for each vector here.</summary>
    internal static void MultiplyNarrow(float** queries, int queryCount, float** keys, int keyCount, int width, float scale, float** scores)
    {
        for (var first = 0; first < queryCount; first += QueriesAtOnce)
        {
            var last = Math.Min(first + QueriesAtOnce, queryCount);
            for (var key = 0; key < keyCount; key += 2)
            {
                for (var query = first; query < last; query += 2)
                {
                    TwoByTwo(queries + query, keys + key, width, scale, scores + query, key);
                }
            }
        }
    }

    /// <summary>One query, or one key, at a time.</summary>
    private static void MultiplySingly(float** queries, int queryCount, float** keys, int keyCount, int width, float scale, float** scores)
    {
        for (var query = 0; query < queryCount; query++)
        {
            var key = 0;
            for (; key <= keyCount - Edge; key += Edge)
            {
                OneByFour(queries[query], keys + key, width, scale, scores[query] + key);
            }

            for (; key < keyCount; key++)
            {
                scores[query][key] = DotProducts.Dot(new(queries[query], width), new(keys[key], width)) * scale;
            }
        }
    }

    private static void OneByFour(float* query, float** keys, int width, float scale, float* scores)
    {
        float* k0 = keys[0], k1 = keys[1], k2 = keys[2], k3 = keys[3];
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint c = 0; c < width; c += 16)
        {
            var a = Vector512.Load(query + c);
            s0 = Vector512.FusedMultiplyAdd(a, Vector512.Load(k0 + c), s0);
            s1 = Vector512.FusedMultiplyAdd(a, Vector512.Load(k1 + c), s1);
            s2 = Vector512.FusedMultiplyAdd(a, Vector512.Load(k2 + c), s2);
            s3 = Vector512.FusedMultiplyAdd(a, Vector512.Load(k3 + c), s3);
        }

        scores[0] = LaneSum.Of(s0) * scale;
        scores[1] = LaneSum.Of(s1) * scale;
        scores[2] = LaneSum.Of(s2) * scale;
        scores[3] = LaneSum.Of(s3) * scale;
    }

    private static void FourByFour(float** queries, float** keys, int width, float scale, float** scores, int column)
    {
        float* q0 = queries[0], q1 = queries[1], q2 = queries[2], q3 = queries[3];
        float* k0 = keys[0], k1 = keys[1], k2 = keys[2], k3 = keys[3];
        Vector512<float> s00 = default, s10 = default, s20 = default, s30 = default;
        Vector512<float> s01 = default, s11 = default, s21 = default, s31 = default;
        Vector512<float> s02 = default, s12 = default, s22 = default, s32 = default;
        Vector512<float> s03 = default, s13 = default, s23 = default, s33 = default;
        for (nint c = 0; c < width; c += 16)
        {
            var a0 = Vector512.Load(q0 + c);
            var a1 = Vector512.Load(q1 + c);
            var a2 = Vector512.Load(q2 + c);
            var a3 = Vector512.Load(q3 + c);
            var b = Vector512.Load(k0 + c);
            s00 = Vector512.FusedMultiplyAdd(a0, b, s00);
            s10 = Vector512.FusedMultiplyAdd(a1, b, s10);
            s20 = Vector512.FusedMultiplyAdd(a2, b, s20);
            s30 = Vector512.FusedMultiplyAdd(a3, b, s30);
            b = Vector512.Load(k1 + c);
            s01 = Vector512.FusedMultiplyAdd(a0, b, s01);
            s11 = Vector512.FusedMultiplyAdd(a1, b, s11);
            s21 = Vector512.FusedMultiplyAdd(a2, b, s21);
            s31 = Vector512.FusedMultiplyAdd(a3, b, s31);
            b = Vector512.Load(k2 + c);
            s02 = Vector512.FusedMultiplyAdd(a0, b, s02);
            s12 = Vector512.FusedMultiplyAdd(a1, b, s12);
            s22 = Vector512.FusedMultiplyAdd(a2, b, s22);
            s32 = Vector512.FusedMultiplyAdd(a3, b, s32);
            b = Vector512.Load(k3 + c);
            s03 = Vector512.FusedMultiplyAdd(a0, b, s03);
            s13 = Vector512.FusedMultiplyAdd(a1, b, s13);
            s23 = Vector512.FusedMultiplyAdd(a2, b, s23);
            s33 = Vector512.FusedMultiplyAdd(a3, b, s33);
        }

        var ofKey0 = QuarterSums(s00, s10, s20, s30);
        var ofKey1 = QuarterSums(s01, s11, s21, s31);
        var ofKey2 = QuarterSums(s02, s12, s22, s32);
        var ofKey3 = QuarterSums(s03, s13, s23, s33);
        var sums = Finish(HalfSums(ofKey0, ofKey1), HalfSums(ofKey2, ofKey3)) * scale;
        sums.GetLower().GetLower().Store(scores[0] + column);
        sums.GetLower().GetUpper().Store(scores[1] + column);
        sums.GetUpper().GetLower().Store(scores[2] + column);
        sums.GetUpper().GetUpper().Store(scores[3] + column);
    }

    /// <summary>Four vectors of sixteen lanes to four lanes each: lane i with i + 8, then i with i + 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> QuarterSums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var ab = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00) + Avx512F.Shuffle4x128(a, b, 0b11_10_11_10);
        var cd = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00) + Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
        return Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00) + Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01);
    }

    /// <summary>Within each group of four lanes: i with i + 2, of two vectors side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> HalfSums(Vector512<float> a, Vector512<float> b) =>
        Avx512F.UnpackLow(a.AsDouble(), b.AsDouble()).AsSingle() + Avx512F.UnpackHigh(a.AsDouble(), b.AsDouble()).AsSingle();

    /// <summary>The last two lanes of each product; group i then holds query i's scores of the four keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Finish(Vector512<float> a, Vector512<float> b) =>
        Avx512F.Shuffle(a, b, 0b10_00_10_00) + Avx512F.Shuffle(a, b, 0b11_01_11_01);

    private static void TwoByTwo(float** queries, float** keys, int width, float scale, float** scores, int column)
    {
        float* q0 = queries[0], q1 = queries[1];
        float* k0 = keys[0], k1 = keys[1];
        Vector512<float> s00 = default, s10 = default, s01 = default, s11 = default;
        for (nint c = 0; c < width; c += 16)
        {
            var (a0, a1) = (Vector512.Load(q0 + c), Vector512.Load(q1 + c));
            var b = Vector512.Load(k0 + c);
            s00 = Vector512.FusedMultiplyAdd(a0, b, s00);
            s10 = Vector512.FusedMultiplyAdd(a1, b, s10);
            b = Vector512.Load(k1 + c);
            s01 = Vector512.FusedMultiplyAdd(a0, b, s01);
            s11 = Vector512.FusedMultiplyAdd(a1, b, s11);
        }

        scores[0][column] = LaneSum.Of(s00) * scale;
        scores[0][column + 1] = LaneSum.Of(s01) * scale;
        scores[1][column] = LaneSum.Of(s10) * scale;
        scores[1][column + 1] = LaneSum.Of(s11) * scale;
    }
}
