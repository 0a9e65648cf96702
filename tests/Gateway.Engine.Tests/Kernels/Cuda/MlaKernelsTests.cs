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
        using var layer = new MlaLayer(gpu, type, isReal ? Real : Odd, blockSize: 4, [5, 9], [(0, 3), null, (1, 8), (0, 4)]);
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
        using var layer = new MlaLayer(gpu, type, Odd, blockSize: 5, [1, 140, 300], [(0, 0), (1, 139), null, (2, 297), (2, 298), (2, 299)]);
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
        using var layer = new MlaLayer(gpu, ElementType.BFloat16, Real, blockSize, [1, 37, 300, 129], [(0, 0), (1, 36), null, (2, 299), (3, 128)]);
        using var kernels = layer.Kernels(AttentionTuning.Mla with { DecodeTile = tile, MaxSplits = maxSplits, MinimumSplitTokens = 32 });
        Assert.True(kernels.HasPrefill);
        Assert.True(layer.ErrorOfWriteAndAttend(kernels) < BFloat16Tolerance);
    }

    [Fact]
    public void WriteAndAttend_MoreHeadsThanATile_IsAttention()
    {
        using var gpu = new EmulatedGpu();
        using var layer = new MlaLayer(gpu, ElementType.BFloat16, Real with { Heads = 48 }, 16, [70, 20], [(0, 69), (1, 19)]);
        using var kernels = layer.Kernels(AttentionTuning.Mla with { MinimumSplitTokens = 32 });
        Assert.True(layer.ErrorOfWriteAndAttend(kernels) < BFloat16Tolerance);
    }

    [Theory]
    [InlineData(24)]
    [InlineData(49)]
    public void Attend_ManyTokensOfOneSequence_EachSeesThePositionsUpToItsOwn(int tokens)
    {
        using var gpu = new EmulatedGpu();
        using var layer = new MlaLayer(gpu, ElementType.BFloat16, Real, 16, [tokens + 2], [.. Enumerable.Range(2, tokens).Select(i => ((int, int)?)(0, i))]);
        using var kernels = layer.Kernels(null);
        Assert.True(layer.ErrorOfWriteThenAttend(kernels) < BFloat16Tolerance);
    }

    [Fact]
    public void Attend_GraphReplayed_GivesTheSameBits()
    {
        using var gpu = new EmulatedGpu();
        using var layer = new MlaLayer(gpu, ElementType.BFloat16, Real, 16, [150, 90], [(0, 149), (1, 89)]);
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
        using var layer = new MlaLayer(gpu, ElementType.Float32, Odd, 4, [5, 9], [(0, 4), (1, 8)]);
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
        using var prefill = new MlaPrefill(gpu, Real, blockSize, AttentionTuning.Mla with { PrefillTile = tile }, [(60, 75), (0, 30), (99, 1)]);
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
        using var prefill = new MlaPrefill(gpu, Real, 16, AttentionTuning.Mla with { PrefillTile = "4x1x64" }, [(90, 70), (0, 20)]);

        // The second sequence has one slab and takes no part in the later launches. Some queries of the first see nothing of its last slab.
        prefill.Run(
            new ContextSlab(0, 0, 70, 90, 0, 50, 0, ContextPart.First), new ContextSlab(1, 70, 20, 0, 0, 20, 50, ContextPart.Whole));
        prefill.Run(new ContextSlab(0, 0, 70, 90, 50, 60, 0, ContextPart.Middle), default);
        prefill.Run(new ContextSlab(0, 0, 70, 90, 110, 50, 0, ContextPart.Last));
        Assert.True(prefill.Error() < BFloat16Tolerance);
    }
}
