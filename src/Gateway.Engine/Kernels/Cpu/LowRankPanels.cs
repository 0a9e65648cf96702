using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// A narrow matrix [outputs, rank] that is multiplied by vectors of the low rank and added to outputs: y += B·h, each element a chain of
/// fused multiply-adds in ascending rank, whatever range of outputs and whichever vectors are computed together.
/// </summary>
/// <remarks>
/// Panels of <see cref="Outputs"/> outputs lie one after the other, each with the outputs of one rank side by side: a range of outputs is
/// one piece of memory, read from front to back.
/// </remarks>
internal sealed class LowRankPanels
{
    /// <summary>Outputs of a panel.</summary>
    public const int Outputs = CpuMatrix.RowAlignment;

    private const int TileVectors = 4;

    private readonly float[] _panels;
    private readonly int _rank;

    /// <param name="weights">[outputs, <paramref name="rank"/>], row-major.</param>
    /// <param name="rank">Length of a row.</param>
    /// <param name="scaling">What all weights are multiplied by.</param>
    public LowRankPanels(float[] weights, int rank, float scaling)
    {
        var outputs = weights.Length / rank;
        (_panels, _rank) = (new float[(outputs + Outputs - 1) / Outputs * Outputs * rank], rank);
        for (var output = 0; output < outputs; output++)
        {
            var panel = _panels.AsSpan(output / Outputs * Outputs * rank, Outputs * rank);
            for (var row = 0; row < rank; row++)
            {
                panel[(row * Outputs) + (output % Outputs)] = weights[(output * rank) + row] * scaling;
            }
        }
    }

    /// <summary>Adds to some outputs of some vectors.</summary>
    /// <param name="low">Per vector rank values.</param>
    /// <param name="lowStride">Distance between those of one vector and those of the next.</param>
    /// <param name="vectors">How many vectors.</param>
    /// <param name="from">The first output: a multiple of <see cref="Outputs"/>.</param>
    /// <param name="to">Where the outputs end.</param>
    /// <param name="y">Output <paramref name="from"/> + i of vector j is at j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the outputs of one vector and those of the next.</param>
    public void Add(ReadOnlySpan<float> low, int lowStride, int vectors, int from, int to, Span<float> y, int yStride)
    {
        Span<float> part = stackalloc float[Outputs];
        for (var output = from; output < to; output += Outputs)
        {
            ReadOnlySpan<float> panel = _panels.AsSpan(output * _rank, Outputs * _rank);
            var target = y[(output - from)..];
            if (to - output >= Outputs)
            {
                var vector = 0;
                for (; vector <= vectors - TileVectors; vector += TileVectors)
                {
                    AddFour(panel, low[(vector * lowStride)..], lowStride, target[(vector * yStride)..], yStride);
                }

                for (; vector < vectors; vector++)
                {
                    AddOne(panel, low.Slice(vector * lowStride, _rank), target[(vector * yStride)..]);
                }
            }
            else
            {
                // The last outputs, which fill no panel.
                for (var vector = 0; vector < vectors; vector++)
                {
                    var outputs = target.Slice(vector * yStride, to - output);
                    outputs.CopyTo(part);
                    AddOne(panel, low.Slice(vector * lowStride, _rank), part);
                    part[..outputs.Length].CopyTo(outputs);
                }
            }
        }
    }

    private static void AddOne(ReadOnlySpan<float> panel, ReadOnlySpan<float> low, Span<float> y)
    {
        // The loops below address memory without checks; these two slices are the checks.
        _ = panel[..(low.Length * Outputs)];
        _ = y[..Outputs];
        ref var first = ref MemoryMarshal.GetReference(panel);
        ref var target = ref MemoryMarshal.GetReference(y);
        var (a, b) = (Vector512.LoadUnsafe(ref target), Vector512.LoadUnsafe(ref target, (nuint)Vector512<float>.Count));
        nuint place = 0;
        foreach (var value in low)
        {
            var factor = Vector512.Create(value);
            a = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, place), factor, a);
            b = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, place + (nuint)Vector512<float>.Count), factor, b);
            place += Outputs;
        }

        a.StoreUnsafe(ref target);
        b.StoreUnsafe(ref target, (nuint)Vector512<float>.Count);
    }

    private void AddFour(ReadOnlySpan<float> panel, ReadOnlySpan<float> low, int lowStride, Span<float> y, int yStride)
    {
        var rank = _rank;
        _ = panel[..(rank * Outputs)];
        _ = low[..((3 * lowStride) + rank)];
        _ = y[..((3 * yStride) + Outputs)];
        ref var first = ref MemoryMarshal.GetReference(panel);
        ref var low0 = ref MemoryMarshal.GetReference(low);
        ref var y0 = ref MemoryMarshal.GetReference(y);
        var half = (nuint)Vector512<float>.Count;
        var (l1, l2, l3) = ((nuint)lowStride, (nuint)(2 * lowStride), (nuint)(3 * lowStride));
        var (y1, y2, y3) = ((nuint)yStride, (nuint)(2 * yStride), (nuint)(3 * yStride));
        var (a0, b0) = (Vector512.LoadUnsafe(ref y0), Vector512.LoadUnsafe(ref y0, half));
        var (a1, b1) = (Vector512.LoadUnsafe(ref y0, y1), Vector512.LoadUnsafe(ref y0, y1 + half));
        var (a2, b2) = (Vector512.LoadUnsafe(ref y0, y2), Vector512.LoadUnsafe(ref y0, y2 + half));
        var (a3, b3) = (Vector512.LoadUnsafe(ref y0, y3), Vector512.LoadUnsafe(ref y0, y3 + half));
        for (nuint row = 0; row < (nuint)rank; row++)
        {
            var a = Vector512.LoadUnsafe(ref first, row * Outputs);
            var b = Vector512.LoadUnsafe(ref first, (row * Outputs) + half);
            var factor = Vector512.Create(Unsafe.Add(ref low0, row));
            a0 = Vector512.FusedMultiplyAdd(a, factor, a0);
            b0 = Vector512.FusedMultiplyAdd(b, factor, b0);
            factor = Vector512.Create(Unsafe.Add(ref low0, row + l1));
            a1 = Vector512.FusedMultiplyAdd(a, factor, a1);
            b1 = Vector512.FusedMultiplyAdd(b, factor, b1);
            factor = Vector512.Create(Unsafe.Add(ref low0, row + l2));
            a2 = Vector512.FusedMultiplyAdd(a, factor, a2);
            b2 = Vector512.FusedMultiplyAdd(b, factor, b2);
            factor = Vector512.Create(Unsafe.Add(ref low0, row + l3));
            a3 = Vector512.FusedMultiplyAdd(a, factor, a3);
            b3 = Vector512.FusedMultiplyAdd(b, factor, b3);
        }

        a0.StoreUnsafe(ref y0);
        b0.StoreUnsafe(ref y0, half);
        a1.StoreUnsafe(ref y0, y1);
        b1.StoreUnsafe(ref y0, y1 + half);
        a2.StoreUnsafe(ref y0, y2);
        b2.StoreUnsafe(ref y0, y2 + half);
        a3.StoreUnsafe(ref y0, y3);
        b3.StoreUnsafe(ref y0, y3 + half);
    }
}
