using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class MlaKernelsTests
{
    private const double BFloat16Tolerance = 1e-2;
    private const double Float32Tolerance = 2e-6;

    private static readonly MlaShape Odd = new(Heads: 3, LatentRank: 38, NopeDim: 12, RopeDim: 6, ValueDim: 20, Scale: 0.3f, NormEpsilon: 1e-6f);
    private static readonly MlaShape Real = new(Heads: 16, LatentRank: 512, NopeDim: 128, RopeDim: 64, ValueDim: 128, Scale: 0.1147f, NormEpsilon: 1e-6f);

    [Theory]
    [InlineData(nameof(ElementType.Float32), false)]
    [InlineData(nameof(ElementType.BFloat16), false)]
    [InlineData(nameof(ElementType.BFloat16), true)]
    public void WriteLatents_TokensAndPadding_NormsAndTurnsWhatIsThere(string typeName, bool isReal)
    {
        var type = Enum.Parse<ElementType>(typeName);
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, type, isReal ? Real : Odd, blockSize: 4, [5, 9], [(0, 3), null, (1, 8), (0, 4)]);
        using var kernels = layer.Kernels(null);
        var before = layer.Contexts.ReadCache();
        kernels.WriteLatents(layer.Tokens, layer.Query, layer.Stride, layer.Latents, layer.Stride, layer.NormWeight, layer.Contexts.Cache.Pointer);

        var tolerance = type == ElementType.Float32 ? 1e-6 : 8e-3;
        var projected = gpu.ToHost(type, layer.Projected, layer.TokenCount * (int)layer.Stride);
        var after = layer.Contexts.ReadCache();
        var written = new HashSet<int>();
        for (var token = 0; token < layer.TokenCount; token++)
        {
            for (var head = 0; head < layer.Shape.Heads; head++)
            {
                var q = projected.AsSpan((token * (int)layer.Stride) + (head * layer.Shape.QueryDim), layer.Shape.QueryDim);
                Assert.True(Values.RelativeError(layer.TurnedQuery(token, head), q) < tolerance);
            }

            if (layer.Slot(token) is >= 0 and var slot)
            {
                written.Add(slot);
                var row = after.AsSpan(slot * layer.Shape.CacheWidth, layer.Shape.CacheWidth);
                Assert.True(Values.RelativeError(layer.CacheRow(token), row) < tolerance);
            }
        }

        Assert.Equal(3, written.Count);
        Assert.All(
            Enumerable.Range(0, before.Length).Where(i => !written.Contains(i / layer.Shape.CacheWidth)),
            i => Assert.Equal(BitConverter.SingleToInt32Bits(before[i]), BitConverter.SingleToInt32Bits(after[i])));
    }

    [Theory]
    [InlineData(nameof(ElementType.Float32), Float32Tolerance)]
    [InlineData(nameof(ElementType.BFloat16), BFloat16Tolerance)]
    public void WriteAndAttend_AnyDimensions_IsAttention(string typeName, double tolerance)
    {
        var type = Enum.Parse<ElementType>(typeName);
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, type, Odd, blockSize: 5, [1, 140, 300], [(0, 0), (1, 139), null, (2, 297), (2, 298), (2, 299)]);
        using var kernels = layer.Kernels(null);
        Assert.False(kernels.HasPrefill);
        Assert.True(layer.ErrorOfWriteAndAttend(kernels) < tolerance);
        Assert.Throws<InvalidOperationException>(() => kernels.GatherLatents(layer.Query, 1, 1, layer.Query, 1, layer.Query, layer.Query));
    }

    [Theory]
    [InlineData("32x4", 16, 8)]
    [InlineData("32x2", 64, 8)]
    [InlineData("64x2", 16, 8)]
    [InlineData("64x2", 64, 1)]
    [InlineData("32x4", 64, 1)]
    public void WriteAndAttend_RealDimensions_IsAttention(string tile, int blockSize, int maxSplits)
    {
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, ElementType.BFloat16, Real, blockSize, [1, 37, 300, 129], [(0, 0), (1, 36), null, (2, 299), (3, 128)]);
        using var kernels = layer.Kernels(AttentionTuning.Mla with { DecodeTile = tile, MaxSplits = maxSplits, MinimumSplitTokens = 32 });
        Assert.True(kernels.HasPrefill);
        Assert.True(layer.ErrorOfWriteAndAttend(kernels) < BFloat16Tolerance);
    }

    [Fact]
    public void WriteAndAttend_MoreHeadsThanATile_IsAttention()
    {
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, ElementType.BFloat16, Real with { Heads = 48 }, 16, [70, 20], [(0, 69), (1, 19)]);
        using var kernels = layer.Kernels(AttentionTuning.Mla with { MinimumSplitTokens = 32 });
        Assert.True(layer.ErrorOfWriteAndAttend(kernels) < BFloat16Tolerance);
    }

    [Theory]
    [InlineData(24)]
    [InlineData(49)]
    public void Attend_ManyTokensOfOneSequence_EachSeesThePositionsUpToItsOwn(int tokens)
    {
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, ElementType.BFloat16, Real, 16, [tokens + 2], [.. Enumerable.Range(2, tokens).Select(i => ((int, int)?)(0, i))]);
        using var kernels = layer.Kernels(null);
        Assert.True(layer.ErrorOfWriteThenAttend(kernels) < BFloat16Tolerance);
    }

    [Fact]
    public void Attend_GraphReplayed_GivesTheSameBits()
    {
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, ElementType.BFloat16, Real, 16, [150, 90], [(0, 149), (1, 89)]);
        using var kernels = layer.Kernels(AttentionTuning.Mla with { MinimumSplitTokens = 32 });
        using var graph = gpu.Capture(() => layer.WriteAndAttend(kernels));
        gpu.Replay(graph);
        var first = layer.ReadOutput();
        gpu.Fill(layer.Output.Pointer, 0xFF, layer.Output.ByteCount);
        gpu.Replay(graph);
        Assert.Equal(first, layer.ReadOutput());
    }

    [Fact]
    public void Attend_MoreTokensThanTheWorkspaceHas_Throws()
    {
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, ElementType.Float32, Odd, 4, [5, 9], [(0, 4), (1, 8)]);
        using var kernels = new MlaKernels(gpu, ElementType.Float32, Odd, 4, maxAbsorbedTokens: 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.WriteAndAttend(kernels));
    }

    [Theory]
    [InlineData("4x2x64", 16)]
    [InlineData("4x1x64", 64)]
    [InlineData("8x1x64", 16)]
    [InlineData("4x2x32", 64)]
    public void Prefill_WholeContexts_IsAttention(string tile, int blockSize)
    {
        // A chunk behind a context, a first chunk, and one query.
        using var gpu = new EmulatedGpu();
        using var prefill = new PrefillCase(gpu, Real, blockSize, AttentionTuning.Mla with { PrefillTile = tile }, [(60, 75), (0, 30), (99, 1)]);
        prefill.Run(
            new ContextSlab(0, 0, 75, 60, 0, 135, 0, ContextPart.Whole),
            new ContextSlab(2, 105, 1, 99, 0, 100, 165, ContextPart.Whole),
            new ContextSlab(1, 75, 30, 0, 0, 30, 135, ContextPart.Whole));
        Assert.True(prefill.Error() < BFloat16Tolerance);
    }

    [Fact]
    public void Prefill_ContextInSlabs_IsAttentionToAllOfThem()
    {
        using var gpu = new EmulatedGpu();
        using var prefill = new PrefillCase(gpu, Real, 16, AttentionTuning.Mla with { PrefillTile = "4x1x64" }, [(90, 70), (0, 20)]);

        // The second sequence has one slab and takes no part in the later launches. Some queries of the first see nothing of its last slab.
        prefill.Run(
            new ContextSlab(0, 0, 70, 90, 0, 50, 0, ContextPart.First), new ContextSlab(1, 70, 20, 0, 0, 20, 50, ContextPart.Whole));
        prefill.Run(new ContextSlab(0, 0, 70, 90, 50, 60, 0, ContextPart.Middle), default);
        prefill.Run(new ContextSlab(0, 0, 70, 90, 110, 50, 0, ContextPart.Last));
        Assert.True(prefill.Error() < BFloat16Tolerance);
    }

    /// <summary>Inputs of a layer: q and latents lie side by side in the rows of one projection, some elements apart from the next row.</summary>
    private sealed class Layer : IDisposable
    {
        private readonly IGpu _gpu;
        private readonly ElementType _type;
        private readonly int _blockSize;
        private readonly IReadOnlyList<(int Sequence, int Position)?> _tokens;
        private readonly float[] _projected;
        private readonly float[] _normWeight;
        private readonly float[] _weight;
        private readonly float[] _cos;
        private readonly float[] _sin;
        private readonly DeviceBuffer _normWeightBuffer;
        private readonly DeviceBuffer _weightBuffer;

        public Layer(IGpu gpu, ElementType type, MlaShape shape, int blockSize, int[] lengths, (int Sequence, int Position)?[] tokens)
        {
            (_gpu, _type, Shape, _blockSize, _tokens) = (gpu, type, shape, blockSize, tokens);
            var random = new Random(7);
            Stride = (shape.Heads * shape.QueryDim) + shape.CacheWidth + 8;
            _projected = Values.Random(random, type, tokens.Length * (int)Stride);
            _normWeight = Values.Random(random, ElementType.Float32, shape.LatentRank);
            _weight = [.. Values.Random(random, type, shape.Heads * shape.ExpandedDim * shape.LatentRank).Select(w => Values.Round(type, w / 8))];
            (_cos, _sin) = Values.Angles(random, tokens.Length, shape.RopeDim / 2);
            Contexts = new PagedContexts(gpu, type, shape.CacheWidth, blockSize, lengths);
            Tokens = Contexts.Tokens(tokens, _cos, _sin);
            Projected = gpu.ToDevice(type, _projected);
            _normWeightBuffer = gpu.ToDevice<float>(_normWeight);
            _weightBuffer = gpu.ToDevice(type, _weight);
            Output = gpu.Allocate(type, tokens.Length * shape.Heads * shape.ValueDim);
        }

        public MlaShape Shape { get; }

        public PagedContexts Contexts { get; }

        public DeviceTokens Tokens { get; }

        public int TokenCount => _tokens.Count;

        public DeviceBuffer Projected { get; }

        public long Stride { get; }

        public DevicePointer Query => Projected.Pointer;

        public DevicePointer Latents => Projected.Pointer + ((long)Shape.Heads * Shape.QueryDim * (_type == ElementType.Float32 ? 4 : 2));

        public DevicePointer NormWeight => _normWeightBuffer.Pointer;

        public DeviceBuffer Output { get; }

        public MlaKernels Kernels(AttentionTuning? tuning) => new(_gpu, _type, Shape, _blockSize, _tokens.Count, tuning);

        public int Slot(int token) => _tokens[token] is { } at ? Contexts.Slot(at.Sequence, at.Position) : -1;

        public double[] TurnedQuery(int token, int head)
        {
            var q = _projected.AsSpan((token * (int)Stride) + (head * Shape.QueryDim), Shape.QueryDim);
            return Turned(q, Shape.NopeDim, token);
        }

        /// <summary>What a token writes to the cache.</summary>
        public double[] CacheRow(int token)
        {
            var row = Turned(_projected.AsSpan((token * (int)Stride) + (Shape.Heads * Shape.QueryDim), Shape.CacheWidth), Shape.LatentRank, token);
            var norm = Math.Sqrt((row.Take(Shape.LatentRank).Sum(x => x * x) / Shape.LatentRank) + Shape.NormEpsilon);
            for (var i = 0; i < Shape.LatentRank; i++)
            {
                row[i] *= _normWeight[i] / norm;
            }

            return row;
        }

        public void WriteAndAttend(MlaKernels kernels) => kernels.WriteAndAttend(
            Tokens, MaxContext, Query, Stride, Latents, Stride, NormWeight, _weightBuffer.Pointer, Contexts.Cache.Pointer, Output.Pointer);

        public float[] ReadOutput() => _gpu.ToHost(_type, Output, _tokens.Count * Shape.Heads * Shape.ValueDim);

        public double ErrorOfWriteAndAttend(MlaKernels kernels)
        {
            WriteAndAttend(kernels);
            return Error();
        }

        public double ErrorOfWriteThenAttend(MlaKernels kernels)
        {
            kernels.WriteLatents(Tokens, Query, Stride, Latents, Stride, NormWeight, Contexts.Cache.Pointer);
            kernels.Attend(Tokens, MaxContext, Query, Stride, _weightBuffer.Pointer, Contexts.Cache.Pointer, Output.Pointer);
            return Error();
        }

        public void Dispose()
        {
            Contexts.Dispose();
            Projected.Dispose();
            _normWeightBuffer.Dispose();
            _weightBuffer.Dispose();
            Output.Dispose();
        }

        private int HeadsApart => _tokens.Count > 16 ? 5 : 1;

        private int MaxContext => _tokens.Max(token => token?.Position + 1 ?? 0);

        private double[] Turned(ReadOnlySpan<float> x, int first, int token)
        {
            var turned = x.ToArray().Select(value => (double)value).ToArray();
            for (var pair = 0; pair < Shape.RopeDim / 2; pair++)
            {
                var (c, s) = ((double)_cos[(token * Shape.RopeDim / 2) + pair], (double)_sin[(token * Shape.RopeDim / 2) + pair]);
                var (even, odd) = (turned[first + (2 * pair)], turned[first + (2 * pair) + 1]);
                (turned[first + (2 * pair)], turned[first + (2 * pair) + 1]) = ((even * c) - (odd * s), (even * s) + (odd * c));
            }

            return turned;
        }

        /// <summary>The largest error of any token; padding must be zeros. Keys are what the cache now holds.</summary>
        private double Error()
        {
            var output = ReadOutput();
            var cache = Contexts.ReadCache();
            var worst = 0.0;
            for (var token = 0; token < _tokens.Count; token++)
            {
                // Of many tokens, a few heads each, which differ from token to token.
                for (var head = token % HeadsApart; head < Shape.Heads; head += HeadsApart)
                {
                    var actual = output.AsSpan(((token * Shape.Heads) + head) * Shape.ValueDim, Shape.ValueDim);
                    if (_tokens[token] is { } at)
                    {
                        worst = Math.Max(worst, Values.RelativeError(Expected(token, head, at, cache), actual));
                    }
                    else
                    {
                        Assert.All(actual.ToArray(), value => Assert.Equal(0, value));
                    }
                }
            }

            return worst;
        }

        private double[] Expected(int token, int head, (int Sequence, int Position) at, float[] cache)
        {
            var q = TurnedQuery(token, head);
            var absorbed = new double[Shape.CacheWidth];
            for (var i = 0; i < Shape.NopeDim; i++)
            {
                for (var channel = 0; channel < Shape.LatentRank; channel++)
                {
                    absorbed[channel] += q[i] * _weight[(((head * Shape.ExpandedDim) + i) * Shape.LatentRank) + channel];
                }
            }

            q.AsSpan(Shape.NopeDim).CopyTo(absorbed.AsSpan(Shape.LatentRank));
            var rows = Enumerable.Range(0, at.Position + 1).Select(position => Contexts.Slot(at.Sequence, position) * Shape.CacheWidth).ToArray();
            double Score(int key)
            {
                var sum = 0.0;
                for (var i = 0; i < absorbed.Length; i++)
                {
                    sum += absorbed[i] * cache[rows[key] + i];
                }

                return sum;
            }

            var latent = Values.Attend(Score, (key, channel) => cache[rows[key] + channel], rows.Length, Shape.LatentRank, Shape.Scale);
            var expected = new double[Shape.ValueDim];
            for (var i = 0; i < Shape.ValueDim; i++)
            {
                for (var channel = 0; channel < Shape.LatentRank; channel++)
                {
                    expected[i] += latent[channel] * _weight[(((head * Shape.ExpandedDim) + Shape.NopeDim + i) * Shape.LatentRank) + channel];
                }
            }

            return expected;
        }
    }

    /// <summary>Prompts whose keys and values are random numbers instead of products; only the shared keys come out of the cache.</summary>
    private sealed class PrefillCase : IDisposable
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

        public PrefillCase(IGpu gpu, MlaShape shape, int blockSize, AttentionTuning tuning, (int Before, int Count)[] chunks)
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
}
