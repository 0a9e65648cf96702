using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class GroupedAttentionKernelsTests
{
    private const double BFloat16Tolerance = 1e-2;
    private const double Float32Tolerance = 2e-6;

    private static readonly GroupedKernelShape Odd = new(Heads: 6, KeyValueHeads: 2, HeadDim: 22, Scale: 0.3f, NormEpsilon: 1e-6f);

    [Theory]
    [InlineData(nameof(ElementType.Float32), 22, false)]
    [InlineData(nameof(ElementType.Float32), 22, true)]
    [InlineData(nameof(ElementType.BFloat16), 128, false)]
    [InlineData(nameof(ElementType.BFloat16), 128, true)]
    public void WriteKeysValues_TokensAndPadding_NormsAndTurnsWhatIsThere(string typeName, int headDim, bool hasNorms)
    {
        var type = Enum.Parse<ElementType>(typeName);
        using var gpu = new EmulatedGpu();
        var shape = Odd with { HeadDim = headDim };
        (int Sequence, int Position)?[] at = [(0, 3), null, (1, 8), (0, 4)];
        var random = new Random(3);
        var heads = shape.Heads + (2 * shape.KeyValueHeads);
        var stride = (heads * headDim) + 6;
        var projected = Values.Random(random, type, at.Length * stride);
        var norms = Values.Random(random, ElementType.Float32, 2 * headDim);
        var (cos, sin) = Values.Angles(random, at.Length, headDim / 2);
        using var contexts = new PagedContexts(gpu, type, shape.CacheWidth, 4, 5, 9);
        using var buffer = gpu.ToDevice(type, projected);
        using var queryNorm = gpu.ToDevice<float>(norms.AsSpan(0, headDim));
        using var keyNorm = gpu.ToDevice<float>(norms.AsSpan(headDim));
        using var kernels = new GroupedAttentionKernels(gpu, type, shape, 4, 1);
        var before = contexts.ReadCache();
        kernels.WriteKeysValues(
            contexts.Tokens(at, cos, sin), buffer.Pointer, stride, hasNorms ? queryNorm.Pointer : default, hasNorms ? keyNorm.Pointer : default,
            contexts.Cache.Pointer);

        var after = contexts.ReadCache();
        var changed = gpu.ToHost(type, buffer, projected.Length);
        var tolerance = type == ElementType.Float32 ? 1e-6 : 8e-3;
        var written = new HashSet<int>();
        for (var token = 0; token < at.Length; token++)
        {
            double[] Expected(int head)
            {
                var x = projected.AsSpan((token * stride) + (head * headDim), headDim).ToArray().Select(value => (double)value).ToArray();
                var rms = hasNorms ? Math.Sqrt((x.Sum(value => value * value) / headDim) + shape.NormEpsilon) : 1;
                var weights = norms.AsSpan(head < shape.Heads ? 0 : headDim, headDim);
                var turned = new double[headDim];
                for (var i = 0; i < headDim / 2; i++)
                {
                    var low = x[i] / rms * (hasNorms ? weights[i] : 1);
                    var high = x[i + (headDim / 2)] / rms * (hasNorms ? weights[i + (headDim / 2)] : 1);
                    var (c, s) = (cos[(token * headDim / 2) + i], sin[(token * headDim / 2) + i]);
                    (turned[i], turned[i + (headDim / 2)]) = ((low * c) - (high * s), (high * c) + (low * s));
                }

                return head < shape.Heads + shape.KeyValueHeads ? turned : x;
            }

            for (var head = 0; head < shape.Heads; head++)
            {
                Assert.True(Values.RelativeError(Expected(head), changed.AsSpan((token * stride) + (head * headDim), headDim)) < tolerance);
            }

            if (at[token] is { } place)
            {
                var slot = contexts.Slot(place.Sequence, place.Position);
                written.Add(slot);
                for (var head = shape.Heads; head < heads; head++)
                {
                    var row = after.AsSpan((slot * shape.CacheWidth) + ((head - shape.Heads) * headDim), headDim);
                    Assert.True(Values.RelativeError(Expected(head), row) < tolerance);
                }
            }
        }

        Assert.Equal(3, written.Count);
        Assert.All(
            Enumerable.Range(0, before.Length).Where(i => !written.Contains(i / shape.CacheWidth)),
            i => Assert.Equal(BitConverter.SingleToInt32Bits(before[i]), BitConverter.SingleToInt32Bits(after[i])));
    }

    [Theory]
    [InlineData(nameof(ElementType.Float32), Float32Tolerance)]
    [InlineData(nameof(ElementType.BFloat16), BFloat16Tolerance)]
    public void Attend_AnyDimensions_IsAttention(string typeName, double tolerance)
    {
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(
            gpu, Enum.Parse<ElementType>(typeName), Odd, 5, null, [1, 140, 300], [(0, 0), (1, 139), null, (2, 297), (2, 298), (2, 299)]);
        Assert.False(layer.Kernels.HasPrefill);
        layer.Attend();
        Assert.True(layer.Error() < tolerance);
        Assert.Throws<InvalidOperationException>(() => layer.Prefill(new ContextSlab(0, 0, 1, 0, 0, 1, 0, ContextPart.Whole)));
    }

    [Theory]
    [InlineData(64, 1, "16x3", 16, 8)]
    [InlineData(64, 7, "16x4", 64, 8)]
    [InlineData(128, 4, "16x3", 64, 1)]
    [InlineData(128, 5, "16x4", 16, 8)]
    [InlineData(128, 8, "16x3", 16, 8)]
    [InlineData(64, 16, "16x3", 16, 3)]
    public void Attend_RealDimensions_IsAttention(int headDim, int group, string tile, int blockSize, int maxSplits)
    {
        using var gpu = new EmulatedGpu();
        var shape = new GroupedKernelShape(2 * group, 2, headDim, 0.2f, 1e-6f);
        var tuning = AttentionTuning.Grouped with { DecodeTile = tile, MaxSplits = maxSplits };
        using var layer = new Layer(
            gpu, ElementType.BFloat16, shape, blockSize, tuning, [1, 37, 300, 17], [(0, 0), (1, 36), null, (2, 250), (2, 299), (3, 16)]);
        layer.Attend();
        Assert.True(layer.Error() < BFloat16Tolerance);
    }

    [Fact]
    public void Attend_GraphReplayed_GivesTheSameBits()
    {
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, ElementType.BFloat16, new(8, 2, 128, 0.2f, 1e-6f), 16, null, [150, 90], [(0, 149), (1, 89)]);
        using var graph = gpu.Capture(layer.Attend);
        gpu.Replay(graph);
        var first = layer.ReadOutput();
        gpu.Fill(layer.Output.Pointer, 0xFF, layer.Output.ByteCount);
        gpu.Replay(graph);
        Assert.Equal(first, layer.ReadOutput());
        Assert.True(layer.Error() < BFloat16Tolerance);
    }

    [Fact]
    public void Attend_MoreTokensThanTheWorkspaceHas_Throws()
    {
        using var gpu = new EmulatedGpu();
        using var layer = new Layer(gpu, ElementType.Float32, Odd, 4, null, [5], [(0, 3), (0, 4)]);
        using var kernels = new GroupedAttentionKernels(gpu, ElementType.Float32, Odd, 4, maxAttendTokens: 1);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => kernels.Attend(layer.Tokens, 5, layer.Query.Pointer, layer.Stride, layer.Contexts.Cache.Pointer, layer.Output.Pointer));
    }

    [Theory]
    [InlineData(128, "4x2x64", 16)]
    [InlineData(128, "4x1x64", 64)]
    [InlineData(128, "4x2x32", 16)]
    [InlineData(64, "4x2x64", 64)]
    [InlineData(64, "4x1x64", 16)]
    public void Prefill_ChunksOfSequences_IsAttention(int headDim, string tile, int blockSize)
    {
        using var gpu = new EmulatedGpu();
        (int Sequence, int Position)?[] tokens =
        [
            .. Enumerable.Range(60, 140).Select(position => ((int, int)?)(0, position)), (1, 99),
            .. Enumerable.Range(0, 30).Select(position => ((int, int)?)(2, position)),
        ];
        using var layer = new Layer(
            gpu, ElementType.BFloat16, new(6, 2, headDim, 0.2f, 1e-6f), blockSize, AttentionTuning.Grouped with { PrefillTile = tile }, [200, 100, 30], tokens);
        layer.Prefill(
            new ContextSlab(1, 140, 1, 99, 0, 100, 0, ContextPart.Whole),
            new ContextSlab(0, 0, 140, 60, 0, 200, 0, ContextPart.Whole),
            new ContextSlab(2, 141, 30, 0, 0, 30, 0, ContextPart.Whole));
        Assert.True(layer.Error() < BFloat16Tolerance);
    }

    private sealed class Layer : IDisposable
    {
        private readonly IGpu _gpu;
        private readonly ElementType _type;
        private readonly GroupedKernelShape _shape;
        private readonly IReadOnlyList<(int Sequence, int Position)?> _at;
        private readonly float[] _query;

        public Layer(
            IGpu gpu, ElementType type, GroupedKernelShape shape, int blockSize, AttentionTuning? tuning, int[] lengths,
            (int Sequence, int Position)?[] tokens)
        {
            (_gpu, _type, _shape, _at) = (gpu, type, shape, tokens);
            Stride = (shape.Heads * shape.HeadDim) + 8;
            Contexts = new PagedContexts(gpu, type, shape.CacheWidth, blockSize, lengths);
            Tokens = Contexts.Tokens(tokens);
            _query = Values.Random(new Random(5), type, tokens.Length * (int)Stride);
            Query = gpu.ToDevice(type, _query);
            Output = gpu.Allocate(type, OutputCount);
            Kernels = new GroupedAttentionKernels(gpu, type, shape, blockSize, tokens.Length, tuning);
        }

        public GroupedAttentionKernels Kernels { get; }

        public PagedContexts Contexts { get; }

        public DeviceTokens Tokens { get; }

        public DeviceBuffer Query { get; }

        public long Stride { get; }

        public DeviceBuffer Output { get; }

        private int OutputCount => _at.Count * _shape.Heads * _shape.HeadDim;

        public void Attend() => Kernels.Attend(
            Tokens, _at.Max(token => token?.Position + 1 ?? 0), Query.Pointer, Stride, Contexts.Cache.Pointer, Output.Pointer);

        public void Prefill(params ContextSlab[] slabs)
        {
            using var table = _gpu.ToDevice<byte>(MemoryMarshal.AsBytes(slabs.AsSpan()));
            Kernels.Prefill(
                table.Pointer, slabs.Length, slabs.Max(slab => slab.TokenCount), Contexts.BlockTables.Pointer, Contexts.MaxBlocks, Query.Pointer, Stride,
                Contexts.Cache.Pointer, Output.Pointer);
        }

        public float[] ReadOutput() => _gpu.ToHost(_type, Output, OutputCount);

        /// <summary>The largest error of any token's heads; padding must be zeros.</summary>
        public double Error()
        {
            var output = ReadOutput();
            var worst = 0.0;
            for (var token = 0; token < _at.Count; token++)
            {
                for (var head = 0; head < _shape.Heads; head++)
                {
                    var actual = output.AsSpan(((token * _shape.Heads) + head) * _shape.HeadDim, _shape.HeadDim);
                    if (_at[token] is not { } at)
                    {
                        Assert.All(actual.ToArray(), value => Assert.Equal(0, value));
                        continue;
                    }

                    var (row, offset) = ((token * (int)Stride) + (head * _shape.HeadDim), head / _shape.GroupSize * _shape.HeadDim);
                    var expected = Values.Attend(
                        key => Values.Dot(_query.AsSpan(row, _shape.HeadDim), Contexts.Row(at.Sequence, key).Slice(offset, _shape.HeadDim)),
                        (key, channel) => Contexts.Row(at.Sequence, key)[(_shape.KeyValueHeads * _shape.HeadDim) + offset + channel],
                        at.Position + 1,
                        _shape.HeadDim,
                        _shape.Scale);
                    worst = Math.Max(worst, Values.RelativeError(expected, actual));
                }
            }

            return worst;
        }

        public void Dispose()
        {
            Kernels.Dispose();
            Contexts.Dispose();
            Query.Dispose();
            Output.Dispose();
        }
    }
}
