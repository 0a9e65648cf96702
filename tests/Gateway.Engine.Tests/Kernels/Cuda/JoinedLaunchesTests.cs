using System.Runtime.InteropServices;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>Steps whose launches are joined beside the same steps without.</summary>
public sealed class JoinedLaunchesTests
{
    // Sums of the experts' second product are made in another order, which now and then moves a rounding to bfloat16.
    private const double Tolerance = 1e-2;

    // As joined.cu has them: linear, gate and up, prepare, decode, expand, route, the experts' two.
    private static readonly int[] DenseLayer = [0, 2, 3, 4, 0, 1, 0];
    private static readonly int[] MixtureLayer = [0, 2, 3, 4, 0, 5, 6, 7];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Forward_FewTokens_LogitsAreThoseOfSingleLaunches(int sequences)
    {
        using var joined = new JoinedModel(joinsLaunches: true);
        using var single = new JoinedModel(joinsLaunches: false);

        // Contexts of two tiles, of one and of nothing but the token.
        joined.Read(0, 0, 40);
        single.Read(0, 0, 40);
        int[] positions = [40, .. Enumerable.Range(0, sequences - 1)];
        var (expected, actual) = (single.Decode(positions), joined.Decode(positions));
        Assert.DoesNotContain(actual, float.IsNaN);
        Assert.True(Values.RelativeError([.. expected.Select(value => (double)value)], actual) < Tolerance);
        Assert.Contains(joined.Gpu.Calls, call => call is RecordedCall.LaunchTogether);
        Assert.DoesNotContain(single.Gpu.Calls, call => call is RecordedCall.LaunchTogether);
    }

    /// <summary>All but the experts' second product, whose 72 columns are no multiple of 16: that one is joined like those of bfloat16.</summary>
    [Fact]
    public void Forward_Float8Weights_AreLaunchedOneByOneBetweenJoinedLaunches()
    {
        using var joined = new JoinedModel(joinsLaunches: true, isFloat8: true);
        using var single = new JoinedModel(joinsLaunches: false, isFloat8: true);
        int[] positions = [33, 5, 0];
        var (expected, actual) = (single.Decode(positions), joined.Decode(positions));
        Assert.True(Values.RelativeError([.. expected.Select(value => (double)value)], actual) < Tolerance);
        Assert.Contains(joined.Gpu.Calls, call => call is RecordedCall.LaunchTogether);
        string[] kernels = ["experts_gate_up_few_x2_fp8", "gate_up_few_x2_fp8", "linear_few_x2_fp8"];
        foreach (var model in new[] { joined, single })
        {
            Assert.Equal(kernels, model.Gpu.Kernels.Where(kernel => kernel.EndsWith("_fp8", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(5, 4)]
    public void Forward_PlacesInAnyOrder_GivesTheSameBits(int sequences, ulong seed)
    {
        // A phase's places done in another order give the same only where none reads what another writes.
        int[] positions = [33, .. Enumerable.Range(1, sequences - 1)];
        using var first = new JoinedModel(joinsLaunches: true);
        using var second = new JoinedModel(joinsLaunches: true, seed: seed);
        Assert.Equal(first.Decode(positions), second.Decode(positions));
    }

    /// <summary>Most phases leave some of them without a place, some all but one; those bring weights meanwhile, and all meet at each barrier.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 41)]
    [InlineData(8, 41)]
    public void Forward_MoreBlocksThanPlaces_GivesTheSameBits(int sequences, int blocks)
    {
        int[] positions = [33, .. Enumerable.Range(1, sequences - 1)];
        using var two = new JoinedModel(joinsLaunches: true);
        using var many = new JoinedModel(joinsLaunches: true, blocks: blocks);
        Assert.Equal(two.Decode(positions), many.Decode(positions));
        Assert.All(many.Gpu.Calls.OfType<RecordedCall.LaunchTogether>(), launch => Assert.Equal(blocks, launch.Blocks));
    }

    [Fact]
    public async Task GenerateAsync_ThroughTheWholeEngine_TokensAreThoseOfSingleLaunches()
    {
        var expected = await GenerateAsync(joinsLaunches: false);
        Assert.InRange(expected.Distinct().Count(), 5, 8);
        Assert.Equal(expected, await GenerateAsync(joinsLaunches: true));

        static async Task<int[]> GenerateAsync(bool joinsLaunches)
        {
            var options = new EngineOptions { ModelPath = "narrow", MaxStepTokens = 32, MaxRunningSequences = 4, KvCacheTokens = 256, BlockSize = 16 };
            using var files = new SyntheticModelFiles(JoinedModel.Shape(layers: 2), 3);
            var device = new CudaDevice(new EmulatedGpu()) { JoinsLaunches = joinsLaunches, PrefetchBytes = 1 << 20 };
            await using var engine = InferenceEngine.Load(options, device, files, progress: null, default);
            return await engine.IdsAsync(new TokenRequest { PromptIds = [5, 9, 33], MaxTokens = 8, IgnoreEos = true, Sampling = new() { Temperature = 0 } });
        }
    }

    [Fact]
    public void Replay_GraphOfJoinedLaunches_GivesTheSameBitsEachTime()
    {
        using var model = new JoinedModel(joinsLaunches: true);
        var once = model.Decode(3, 0);
        Assert.Equal(once, model.Replay(3, 0));
        Assert.Equal(once, model.Replay(3, 0));
    }

    [Fact]
    public void Forward_OtherRowsPerBlock_GivesTheSameBits()
    {
        using var few = new JoinedModel(joinsLaunches: true, rowsPerBlock: 8);
        using var many = new JoinedModel(joinsLaunches: true, rowsPerBlock: 72);
        Assert.Equal(few.Decode(2, 5), many.Decode(2, 5));
    }

    [Fact]
    public void Forward_MoreThanEightTokens_JoinsNothing()
    {
        using var model = new JoinedModel(joinsLaunches: true);
        Assert.DoesNotContain(model.Record([.. Enumerable.Range(0, 9)]), call => call is RecordedCall.LaunchTogether);
    }

    [Fact]
    public void Forward_AllLayersOfV2Lite_IsAFewLaunchesWithEveryPhaseInOrder()
    {
        const int Layers = 27;
        using var joined = new JoinedModel(joinsLaunches: true, Layers);
        using var single = new JoinedModel(joinsLaunches: false, Layers);
        var (calls, launches) = (joined.Record(7), single.Record(7).OfType<RecordedCall.Launch>().Count());
        var together = calls.OfType<RecordedCall.LaunchTogether>().ToArray();
        Assert.InRange(launches, 210, 230);
        Assert.InRange(together.Length, 5, 8);
        Assert.InRange(calls.Count, together.Length, together.Length + 3);
        Assert.All(together, launch => Assert.Equal(("joined_bf16", 2, new Dim3(256)), (launch.Kernel, launch.Blocks, launch.Block)));

        // The head is one more linear layer.
        Assert.Equal([.. DenseLayer, .. Enumerable.Repeat(MixtureLayer, Layers - 1).SelectMany(layer => layer), 0], together.SelectMany(Kinds));
        Assert.Equal(launches, calls.OfType<RecordedCall.Launch>().Count() + together.Sum(launch => Kinds(launch).Count));
    }

    [Theory]
    [InlineData(64, 1 << 20, true)]
    [InlineData(8192, 1 << 20, false)]
    [InlineData(8192, 64 * 128, true)] // more rows than there are, but not so many bytes are asked for
    public void Prefetch_WeightsBehindTheAttention_AreThoseOfTheLayer(int rows, long prefetchBytes, bool isRight)
    {
        const int Columns = 64;
        const int Inner = 32;
        const int Routed = 2;
        const int Shared = 1;
        using var gpu = new EmulatedGpu();
        using var barrier = gpu.ToDevice(0);
        using var output = gpu.Allocate(ElementType.BFloat16, 64 * Columns);
        using var router = gpu.Allocate(ElementType.Float32, Routed * Columns);
        using var gateUp = gpu.Allocate(ElementType.BFloat16, (Routed + Shared) * 2 * Inner * Columns);
        using var down = gpu.Allocate(ElementType.BFloat16, (Routed + Shared) * Inner * Columns);
        using var none = gpu.ToDevice(-1, -1, -1);

        // No phase has a place to work at, so that the only block has nothing else to do; and there is a dense layer behind, which is not this one's.
        var phases = new JoinedPhases(barrier.Pointer);
        phases.Add(JoinedPhase.Decode, new Dim3(0), new KernelArgument[11]);
        phases.Add(JoinedPhase.Linear, new Dim3(0), [none, none, 0f, output, 0L, none, 0, 1, rows, Columns]);
        phases.Add(
            JoinedPhase.Route, new Dim3(0),
            [none, none, 0f, router, 0L, 0L, none, none, none, none, none, 1, Columns, Routed, 2, Shared, 1, 1, 0, 0, 1f]);
        phases.Add(JoinedPhase.ExpertsGateUp, new Dim3(0), [gateUp, none, none, none, 1, 3, Columns, Inner]);
        phases.Add(JoinedPhase.ExpertsDown, new Dim3(0), [down, none, none, none, none, 1, 3, Columns, Inner]);
        phases.Add(JoinedPhase.Linear, new Dim3(0), [none, none, 0f, none, 0L, none, 0, 1, 1 << 20, Columns]);
        gpu.LaunchTogether(gpu.Kernel("joined.cu", "joined_bf16"), 1, new Dim3(256), 32 * 1024, phases.AsBytes(prefetchBytes));
        if (isRight)
        {
            gpu.Synchronize();
        }
        else
        {
            Assert.Contains("Access outside of live", Assert.Throws<GpuException>(gpu.Synchronize).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Dispose_AfterJoinedSteps_LeavesNoBuffer()
    {
        var model = new JoinedModel(joinsLaunches: true);
        model.Decode(0);
        model.Dispose();
        Assert.Equal(0, model.Gpu.LiveBuffers);
    }

    /// <summary>The kinds of a joined launch's phases, in their order.</summary>
    internal static IReadOnlyList<int> Kinds(RecordedCall.LaunchTogether launch)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(launch.Parameter);
        var kinds = new List<int>();
        for (var at = 3; kinds.Count < (int)words[1]; at += 2 + (int)(words[at] >> 8 & 0xff))
        {
            kinds.Add((int)(words[at] & 0xff));
        }

        return kinds;
    }
}
