using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>
/// Softmax over a context that is seen span by span (Milakov and Gimelshein 2018, arXiv:1805.02867): each span's sums are relative to the
/// largest score in it, and spans are merged in ascending order.
/// </summary>
/// <remarks>
/// A result row is what a query has so far: sums of values, then the largest score and the sum of exponentials. A row that has seen no key
/// has 0 there, which no other can have: the largest score itself counts 1.
/// </remarks>
internal static unsafe class SpanSoftmax
{
    /// <summary>Floats behind the sums of a result row, so that rows stay on cache lines.</summary>
    public const int Tail = 16;

    private const int Lanes = 16;
    private const int Maximum = 0;
    private const int Total = 1;

    /// <summary>Replaces scores by exponentials relative to the largest.</summary>
    /// <param name="scores">Room for <paramref name="all"/>, rounded up to whole vectors.</param>
    /// <param name="count">How many of them this query sees: the first ones; none where it is not above 0.</param>
    /// <param name="all">How many there are; those not seen become 0.</param>
    /// <param name="tail">The tail of the query's result row.</param>
    public static void Exponentiate(float* scores, int count, int all, float* tail)
    {
        if (count <= 0)
        {
            new Span<float>(scores, all).Clear();
            (tail[Maximum], tail[Total]) = (float.NegativeInfinity, 0);
            return;
        }

        var largest = Vector512.Create(float.NegativeInfinity);
        for (var j = 0; j < count; j += Lanes)
        {
            largest = Vector512.MaxNative(largest, Seen(Vector512.Load(scores + j), j, count, float.NegativeInfinity));
        }

        var maximum = float.NegativeInfinity;
        for (var lane = 0; lane < Lanes; lane++)
        {
            maximum = Math.Max(maximum, largest[lane]);
        }

        var sum = Vector512<float>.Zero;
        for (var j = 0; j < all; j += Lanes)
        {
            var exponentials = Seen(Exponential.Of(Vector512.Load(scores + j) - Vector512.Create(maximum)), j, count, 0);
            exponentials.Store(scores + j);
            sum += exponentials;
        }

        (tail[Maximum], tail[Total]) = (maximum, LaneSum.Of(sum));
    }

    /// <summary>Adds a later span's result row to what a query has so far.</summary>
    /// <param name="row">What it has.</param>
    /// <param name="later">The later span's.</param>
    /// <param name="width">Sums of a row, a multiple of 16.</param>
    public static void Merge(float* row, float* later, int width)
    {
        float* tail = row + width, laterTail = later + width;
        if (laterTail[Total] == 0)
        {
            return;
        }

        var maximum = Math.Max(tail[Maximum], laterTail[Maximum]);
        var (scale, laterScale) = (Power(tail[Maximum] - maximum), Power(laterTail[Maximum] - maximum));
        var (scales, laterScales) = (Vector512.Create(scale), Vector512.Create(laterScale));
        for (var c = 0; c < width; c += Lanes)
        {
            Vector512.FusedMultiplyAdd(Vector512.Load(later + c), laterScales, Vector512.Load(row + c) * scales).Store(row + c);
        }

        tail[Maximum] = maximum;
        tail[Total] = MathF.FusedMultiplyAdd(laterTail[Total], laterScale, tail[Total] * scale);
    }

    /// <summary>When all spans are merged: divides by the sum of exponentials.</summary>
    public static void Finish(float* row, int width)
    {
        var factor = Vector512.Create(1 / row[width + Total]);
        for (var c = 0; c < width; c += Lanes)
        {
            (Vector512.Load(row + c) * factor).Store(row + c);
        }
    }

    private static float Power(float x) => Exponential.Of(Vector512.Create(x))[0];

    private static Vector512<float> Seen(Vector512<float> values, int first, int count, float other) => first + Lanes <= count
        ? values
        : Vector512.ConditionalSelect(
            Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count - first)).AsSingle(), values, Vector512.Create(other));
}
