using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>Prompts whose keys and values are random numbers instead of products; only the shared keys come out of the cache.</summary>
internal sealed class MlaPrefill : IDisposable
{
    private readonly IGpu _gpu;
    private readonly MlaShape _shape;
    private readonly (int Before, int Count)[] _chunks;
    private readonly MlaKernels _kernels;
    private readonly PagedContexts _contexts;
    private readonly float[][] _expanded;
    private readonly float[] _queries;
    private readonly DeviceBuffer _queryBuffer;
    private readonly DeviceBuffer _state;
    private readonly DeviceBuffer _output;

    public MlaPrefill(IGpu gpu, MlaShape shape, int blockSize, AttentionTuning tuning, (int Before, int Count)[] chunks)
    {
        (_gpu, _shape, _chunks) = (gpu, shape, chunks);
        var random = new Random(11);
        _kernels = new MlaKernels(gpu, ElementType.BFloat16, shape, blockSize, 1, tuning);
        _contexts = new PagedContexts(gpu, ElementType.BFloat16, shape.CacheWidth, blockSize, [.. chunks.Select(chunk => chunk.Before + chunk.Count)]);
        _expanded = [.. chunks.Select(chunk => Values.Random(random, ElementType.BFloat16, (chunk.Before + chunk.Count) * RowWidth))];
        _queries = Values.Random(random, ElementType.BFloat16, TokenCount * Stride);
        _queryBuffer = gpu.ToDevice(ElementType.BFloat16, _queries);
        _state = gpu.Allocate(ElementType.Float32, TokenCount * shape.Heads * (shape.ValueDim + 2));
        _output = gpu.Allocate(ElementType.BFloat16, TokenCount * shape.Heads * shape.ValueDim);
    }

    private int TokenCount => _chunks.Sum(chunk => chunk.Count);

    private int Stride => (_shape.Heads * _shape.QueryDim) + 8;

    private int RowWidth => _shape.Heads * _shape.ExpandedDim;

    public void Run(params ContextSlab[] slabs)
    {
        var rows = slabs.Max(slab => slab.FirstRow + slab.Length);
        var expanded = new float[rows * RowWidth];
        foreach (var slab in slabs)
        {
            _expanded[slab.Sequence].AsSpan(slab.From * RowWidth, slab.Length * RowWidth).CopyTo(expanded.AsSpan(slab.FirstRow * RowWidth));
        }

        using var table = _gpu.ToDevice<byte>(MemoryMarshal.AsBytes(slabs.AsSpan()));
        using var gathered = _gpu.Allocate(ElementType.BFloat16, rows * _shape.CacheWidth);
        using var expandedBuffer = _gpu.ToDevice(ElementType.BFloat16, expanded);
        _kernels.GatherLatents(
            table.Pointer, slabs.Length, slabs.Max(slab => slab.Length), _contexts.BlockTables.Pointer, _contexts.MaxBlocks, _contexts.Cache.Pointer,
            gathered.Pointer);
        _kernels.Prefill(
            table.Pointer, slabs.Length, slabs.Max(slab => slab.TokenCount), _queryBuffer.Pointer, Stride, gathered.Pointer, expandedBuffer.Pointer,
            _state.Pointer, _output.Pointer);

        var copies = _gpu.ToHost(ElementType.BFloat16, gathered, rows * _shape.CacheWidth);
        foreach (var slab in slabs)
        {
            for (var key = 0; key < slab.Length; key++)
            {
                var copy = copies.AsSpan((slab.FirstRow + key) * _shape.CacheWidth, _shape.CacheWidth);
                Assert.True(copy.SequenceEqual(_contexts.Row(slab.Sequence, slab.From + key)));
            }
        }
    }

    /// <summary>The largest error of any query.</summary>
    public double Error()
    {
        var output = _gpu.ToHost(ElementType.BFloat16, _output, TokenCount * _shape.Heads * _shape.ValueDim);
        var (worst, token) = (0.0, 0);
        for (var sequence = 0; sequence < _chunks.Length; sequence++)
        {
            for (var i = 0; i < _chunks[sequence].Count; i++, token++)
            {
                // Heads differ in nothing but where they lie: a few of them, another few for every token.
                for (var head = token % 5; head < _shape.Heads; head += 5)
                {
                    var actual = output.AsSpan(((token * _shape.Heads) + head) * _shape.ValueDim, _shape.ValueDim);
                    worst = Math.Max(worst, Values.RelativeError(Expected(sequence, token, _chunks[sequence].Before + i, head), actual));
                }
            }
        }

        return worst;
    }

    public void Dispose()
    {
        _kernels.Dispose();
        _contexts.Dispose();
        _queryBuffer.Dispose();
        _state.Dispose();
        _output.Dispose();
    }

    private double[] Expected(int sequence, int token, int position, int head)
    {
        var row = head * _shape.ExpandedDim;
        double Score(int key)
        {
            var q = _queries.AsSpan((token * Stride) + (head * _shape.QueryDim), _shape.QueryDim);
            var own = _expanded[sequence].AsSpan((key * RowWidth) + row, _shape.NopeDim);
            return Values.Dot(q[.._shape.NopeDim], own) + Values.Dot(q[_shape.NopeDim..], _contexts.Row(sequence, key)[_shape.LatentRank..]);
        }

        return Values.Attend(
            Score, (key, channel) => _expanded[sequence][(key * RowWidth) + row + _shape.NopeDim + channel], position + 1, _shape.ValueDim, _shape.Scale);
    }
}
