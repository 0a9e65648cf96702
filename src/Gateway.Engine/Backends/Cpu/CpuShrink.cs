using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>The first half of what adapters add to layers, for all vectors of all those layers together, shared by the team.</summary>
/// <param name="most">Most layers at a time.</param>
internal sealed class CpuShrink(int most) : ITeamWork
{
    // Vectors that stay in the second-level cache while the rows of A go by.
    private const int VectorsAtOnce = 16;

    private readonly Share[] _shares = new Share[most];
    private int _count;
    private long _work;

    /// <summary>Forgets the layers of before.</summary>
    public void Clear() => (_count, _work) = (0, 0);

    /// <summary>Adds a layer and its vectors; one that has no adapter of theirs costs nothing.</summary>
    public void Add(CpuLinear layer, CpuInputs x, int first, int count)
    {
        if (layer.Adapters is { } adapters && !x.Adapters.IsEmpty && adapters.Work(x.Adapters.Span.Slice(first, count)) is > 0 and var work)
        {
            var items = (count + VectorsAtOnce - 1) / VectorsAtOnce * adapters.Tiles;
            _shares[_count] = new Share(adapters, x, first, count, items + (_count == 0 ? 0 : _shares[_count - 1].EndItem));
            (_count, _work) = (_count + 1, _work + work);
        }
    }

    public void Run(CpuTeam team)
    {
        if (_count > 0)
        {
            team.For(_shares[_count - 1].EndItem, _work, 1, this);
        }
    }

    void ITeamWork.Run(int from, int to)
    {
        var firstItem = 0;
        foreach (ref readonly var share in _shares.AsSpan(0, _count))
        {
            var end = Math.Min(to, share.EndItem) - firstItem;
            for (var item = Math.Max(from - firstItem, 0); item < end;)
            {
                // As many tiles of a block as there are in the range.
                var (block, tile) = Math.DivRem(item, share.Adapters.Tiles);
                var tiles = Math.Min(share.Adapters.Tiles - tile, end - item);
                var vectors = Math.Min(VectorsAtOnce, share.Count - (block * VectorsAtOnce));
                share.Adapters.Shrink(share.X, share.First + (block * VectorsAtOnce), vectors, tile, tile + tiles);
                item += tiles;
            }

            firstItem = share.EndItem;
        }
    }

    /// <param name="Adapters">Of the layer.</param>
    /// <param name="X">The vectors.</param>
    /// <param name="First">The first of them.</param>
    /// <param name="Count">How many.</param>
    /// <param name="EndItem">Where its items end: the tiles of A for each block of vectors.</param>
    private readonly record struct Share(CpuAdapters Adapters, CpuInputs X, int First, int Count, int EndItem);
}
