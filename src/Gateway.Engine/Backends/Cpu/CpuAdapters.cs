using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>
/// What adapters add to a linear layer, in two halves: <see cref="Shrink"/> takes a step's vectors through the A of their adapters, once, and
/// <see cref="Expand"/> adds the product with B to some of the outputs, for each range that the layer is cut into.
/// </summary>
internal sealed class CpuAdapters
{
    // A weight takes as long to come from memory as so many multiply-adds.
    private const int WorkPerWeight = 4;

    private readonly Pair?[] _byNumber;
    private readonly int _place;

    private CpuAdapters(Pair?[] byNumber, int place)
    {
        (_byNumber, _place) = (byNumber, place);
        Rank = byNumber.Max(pair => pair?.Rank ?? 0);
    }

    /// <summary>The highest rank.</summary>
    public int Rank { get; }

    /// <summary>Tiles of rows that <see cref="Shrink"/> can be cut into.</summary>
    public int Tiles => (Rank + DotProducts.TileRows - 1) / DotProducts.TileRows;

    /// <param name="adapters">The pairs.</param>
    /// <param name="place">Where in <see cref="CpuInputs.LowRank"/> the products with A go: layers over the same vectors have theirs side by side.</param>
    /// <returns>Null when there are none.</returns>
    public static CpuAdapters? Of(ModuleAdapters adapters, int place) =>
        adapters.IsEmpty ? null : new([.. adapters.ByNumber.Select(pair => pair is null ? null : new Pair(pair))], place);

    /// <summary>What <see cref="Shrink"/> takes for vectors under those adapters, in multiply-adds.</summary>
    public long Work(ReadOnlySpan<int> adapters)
    {
        var work = 0L;
        for (int begin = 0, end; begin < adapters.Length; begin = end)
        {
            end = AdapterRuns.End(adapters, begin);
            work += _byNumber[adapters[begin]] is { } pair ? (long)pair.A.Length * (WorkPerWeight + end - begin) : 0;
        }

        return work;
    }

    /// <summary>Multiplies some vectors by the rows of a range of tiles of their adapters' A.</summary>
    public void Shrink(CpuInputs x, int first, int count, int fromTile, int toTile)
    {
        var adapters = x.Adapters.Span.Slice(first, count);
        for (int begin = 0, end; begin < count; begin = end)
        {
            // Vectors under one adapter share each load of its rows.
            end = AdapterRuns.End(adapters, begin);
            var row = fromTile * DotProducts.TileRows;
            if (_byNumber[adapters[begin]] is { } pair && row < pair.Rank)
            {
                var rows = Math.Min(toTile * DotProducts.TileRows, pair.Rank) - row;
                DotProducts.Multiply(
                    pair.A.AsSpan(row * pair.Inputs, rows * pair.Inputs), rows, pair.Inputs,
                    x.Values[((first + begin) * x.Stride)..], x.Stride, end - begin,
                    x.LowRank(first + begin)[(_place + row)..], x.LowRankStride);
            }
        }
    }

    /// <summary>Adds scaling · B times what <see cref="Shrink"/> left to some outputs of some vectors.</summary>
    /// <param name="x">The vectors.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">The first output: a multiple of <see cref="CpuMatrix.RowAlignment"/>.</param>
    /// <param name="to">Where the outputs end.</param>
    /// <param name="y">Output <paramref name="from"/> + i of the j-th vector is at j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the outputs of one vector and those of the next.</param>
    public void Expand(CpuInputs x, int first, int count, int from, int to, Span<float> y, int yStride)
    {
        var adapters = x.Adapters.Span.Slice(first, count);
        for (int begin = 0, end; begin < count; begin = end)
        {
            end = AdapterRuns.End(adapters, begin);
            if (_byNumber[adapters[begin]] is { } pair)
            {
                pair.B.Add(x.LowRank(first + begin)[_place..], x.LowRankStride, end - begin, from, to, y[(begin * yStride)..], yStride);
            }
        }
    }

    /// <summary>An adapter's, with the scaling in B.</summary>
    private sealed class Pair(LoraPair pair)
    {
        public int Rank { get; } = pair.Rank;

        public int Inputs { get; } = pair.Inputs;

        public float[] A { get; } = pair.A;

        public LowRankPanels B { get; } = new(pair.B, pair.Rank, pair.Scaling);
    }
}
