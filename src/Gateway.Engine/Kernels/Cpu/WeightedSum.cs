using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>y += Σ weights[i] · rows[i], each element a chain of fused multiply-adds in ascending i.</summary>
internal static class WeightedSum
{
    /// <param name="rows">At least weights.Length rows; row i starts at i × <paramref name="stride"/>.</param>
    /// <param name="stride">Distance between rows; at least the length of <paramref name="y"/>.</param>
    /// <param name="weights">One per row.</param>
    /// <param name="y">Added to; its length is what is used of each row.</param>
    public static void Add(ReadOnlySpan<float> rows, int stride, ReadOnlySpan<float> weights, Span<float> y)
    {
        if (weights.IsEmpty)
        {
            return;
        }

        _ = rows[..(((weights.Length - 1) * stride) + y.Length)];
        ref var row0 = ref MemoryMarshal.GetReference(rows);
        var i = 0;
        for (; i <= weights.Length - 4; i += 4)
        {
            AddFour(ref Unsafe.Add(ref row0, (nint)i * stride), stride, weights.Slice(i, 4), y);
        }

        for (; i < weights.Length; i++)
        {
            AddOne(ref Unsafe.Add(ref row0, (nint)i * stride), weights[i], y);
        }
    }

    private static void AddFour(ref float row, int stride, ReadOnlySpan<float> weights, Span<float> y)
    {
        ref var row1 = ref Unsafe.Add(ref row, stride);
        ref var row2 = ref Unsafe.Add(ref row1, stride);
        ref var row3 = ref Unsafe.Add(ref row2, stride);
        ref var target = ref MemoryMarshal.GetReference(y);
        var (w0, w1, w2, w3) = (weights[0], weights[1], weights[2], weights[3]);
        var (v0, v1, v2, v3) = (Vector512.Create(w0), Vector512.Create(w1), Vector512.Create(w2), Vector512.Create(w3));
        var whole = y.Length - (y.Length % Vector512<float>.Count);
        for (nuint c = 0; c < (nuint)whole; c += (nuint)Vector512<float>.Count)
        {
            var sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row, c), v0, Vector512.LoadUnsafe(ref target, c));
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row1, c), v1, sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row2, c), v2, sum);
            Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row3, c), v3, sum).StoreUnsafe(ref target, c);
        }

        for (var c = whole; c < y.Length; c++)
        {
            var sum = MathF.FusedMultiplyAdd(Unsafe.Add(ref row, c), w0, y[c]);
            sum = MathF.FusedMultiplyAdd(Unsafe.Add(ref row1, c), w1, sum);
            sum = MathF.FusedMultiplyAdd(Unsafe.Add(ref row2, c), w2, sum);
            y[c] = MathF.FusedMultiplyAdd(Unsafe.Add(ref row3, c), w3, sum);
        }
    }

    private static void AddOne(ref float row, float weight, Span<float> y)
    {
        ref var target = ref MemoryMarshal.GetReference(y);
        var vector = Vector512.Create(weight);
        var whole = y.Length - (y.Length % Vector512<float>.Count);
        for (nuint c = 0; c < (nuint)whole; c += (nuint)Vector512<float>.Count)
        {
            var sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row, c), vector, Vector512.LoadUnsafe(ref target, c));
            sum.StoreUnsafe(ref target, c);
        }

        for (var c = whole; c < y.Length; c++)
        {
            y[c] = MathF.FusedMultiplyAdd(Unsafe.Add(ref row, c), weight, y[c]);
        }
    }
}
