using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>
/// Sequences in a paged cache of one layer: random rows in blocks that lie in a random order, NaN in every row that holds no token, and block
/// tables whose unused entries point outside the cache.
/// </summary>
internal sealed class PagedContexts : IDisposable
{
    private readonly IGpu _gpu;
    private readonly ElementType _type;
    private readonly int _width;
    private readonly int _blockSize;
    private readonly int[][] _blocks;
    private readonly float[][] _rows;
    private readonly List<DeviceBuffer> _buffers = [];

    public PagedContexts(IGpu gpu, ElementType type, int width, int blockSize, params int[] lengths)
    {
        (_gpu, _type, _width, _blockSize) = (gpu, type, width, blockSize);
        var random = new Random(lengths.Sum() + width);
        MaxBlocks = lengths.Max(length => (length + blockSize - 1) / blockSize) + 1;
        var blockCount = lengths.Sum(length => (length + blockSize - 1) / blockSize) + 2;
        var order = Enumerable.Range(0, blockCount).ToArray();
        random.Shuffle(order);
        var next = 0;
        _blocks = [.. lengths.Select(length => Enumerable.Range(0, (length + blockSize - 1) / blockSize).Select(_ => order[next++]).ToArray())];
        _rows = [.. lengths.Select(length => Values.Random(random, type, length * width))];
        Slots = blockCount * blockSize;
        var cache = Enumerable.Repeat(float.NaN, Slots * width).ToArray();
        for (var sequence = 0; sequence < lengths.Length; sequence++)
        {
            for (var position = 0; position < lengths[sequence]; position++)
            {
                Row(sequence, position).CopyTo(cache.AsSpan(Slot(sequence, position) * width));
            }
        }

        Cache = Keep(gpu.ToDevice(type, cache));
        var tables = lengths.SelectMany((_, i) => _blocks[i].Concat(Enumerable.Repeat(int.MaxValue / blockSize / 2, MaxBlocks - _blocks[i].Length)));
        BlockTables = Keep(gpu.ToDevice<int>([.. tables]));
    }

    public DeviceBuffer Cache { get; }

    public DeviceBuffer BlockTables { get; }

    public int MaxBlocks { get; }

    /// <summary>Rows of the cache.</summary>
    public int Slots { get; }

    /// <summary>What the cache holds for a token.</summary>
    public ReadOnlySpan<float> Row(int sequence, int position) => _rows[sequence].AsSpan(position * _width, _width);

    public int Slot(int sequence, int position) => (_blocks[sequence][position / _blockSize] * _blockSize) + (position % _blockSize);

    /// <summary>The cache as it is now.</summary>
    public float[] ReadCache() => _gpu.ToHost(_type, Cache, Slots * _width);

    /// <summary>Tokens of a step; null is padding. Without tables of angles, unless those are given.</summary>
    public DeviceTokens Tokens(IReadOnlyList<(int Sequence, int Position)?> tokens, float[]? cos = null, float[]? sin = null) => new()
    {
        Count = tokens.Count,
        Positions = Keep(_gpu.ToDevice<int>([.. tokens.Select(token => token?.Position ?? 0)])).Pointer,
        Sequences = Keep(_gpu.ToDevice<int>([.. tokens.Select(token => token?.Sequence ?? 0)])).Pointer,
        Slots = Keep(_gpu.ToDevice<int>([.. tokens.Select(token => token is { } at ? Slot(at.Sequence, at.Position) : -1)])).Pointer,
        BlockTables = BlockTables.Pointer,
        MaxBlocks = MaxBlocks,
        Cos = cos is null ? default : Keep(_gpu.ToDevice<float>(cos)).Pointer,
        Sin = sin is null ? default : Keep(_gpu.ToDevice<float>(sin)).Pointer,
    };

    /// <summary>The last token of each of these sequences.</summary>
    public static List<(int Sequence, int Position)?> LastTokens(params int[] lengths) =>
        [.. lengths.Select((length, sequence) => length == 0 ? ((int, int)?)null : (sequence, length - 1))];

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private DeviceBuffer Keep(DeviceBuffer buffer)
    {
        _buffers.Add(buffer);
        return buffer;
    }
}
