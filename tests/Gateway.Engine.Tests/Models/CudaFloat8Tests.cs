using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Adapters;
using Gateway.Engine.Tests.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>Checkpoints in 8-bit floating point on the GPU backend, with its kernels run on the CPU, beside the CPU backend's float32.</summary>
public sealed class CudaFloat8Tests(ITestOutputHelper output)
{
    // bfloat16's noise; a random router chooses another expert now and then, so medians are compared.
    private const double MedianInBFloat16 = 0.03;

    // Of layers; the output's weights are stored in bfloat16.
    private static readonly string[] BFloat16Products = ["experts_gate_up", "experts_down", "gate_up"];

    // A step of many tokens, of more than a tile of 32, of a few, and of one.
    private static readonly int[] Pieces = [20, 40, 7, 1];

    [Theory]
    [InlineData(
        "v2-tiny",
        "experts_down_128x32x4x8_fp8", "experts_down_128x64x3x8_fp8", "experts_down_few_x4_fp8",
        "experts_gate_up_128x32x4x8_fp8", "experts_gate_up_128x64x3x8_fp8", "experts_gate_up_few_x2_fp8",
        "gate_up_few_x2_fp8", "linear_128x32x4x8_fp8", "linear_128x64x3x8_fp8", "linear_few_x2_fp8")]
    [InlineData("qwen3-tiny", "gate_up_few_x2_fp8", "linear_128x32x4x8_fp8", "linear_128x64x3x8_fp8", "linear_few_x2_fp8")]
    public void Forward_Synthetic_LogitsAreTheCpusAndProductsAreOfCodes(string name, params string[] kernels)
    {
        using var files = Files(name);
        var gpu = new RecordingGpu(new EmulatedGpu());
        var loaded = LoadedModel.OnGpu(gpu, files, ElementType.BFloat16);
        using var backend = loaded.Backend;
        var reference = LoadedModel.OnCpu(files);
        using var cpu = reference.Backend;
        AssertNear(Logits(reference, 0), Logits(loaded, 0));
        Assert.Equal(kernels, Float8Kernels(gpu));
        Assert.DoesNotContain(gpu.Kernels, kernel => kernel.EndsWith("bf16", StringComparison.Ordinal) && BFloat16Products.Any(kernel.StartsWith));
    }

    [Theory]
    [InlineData("v2-tiny")]
    [InlineData("qwen3-tiny")]
    public void Forward_UnderAnAdapter_LogitsAreTheCpus(string name)
    {
        using var files = Files(name);
        using var checkpoint = files.OpenWeights();
        var adapter = SyntheticAdapter.Create(checkpoint, "a", 1, 3);
        var loaded = LoadedModel.OnGpu(new EmulatedGpu(), files, ElementType.BFloat16, adapter);
        using var backend = loaded.Backend;
        var reference = LoadedModel.OnCpu(files, adapters: adapter);
        using var cpu = reference.Backend;
        var expected = Logits(reference, 1);
        AssertNear(expected, Logits(loaded, 1));
        Assert.InRange(Median(Logits(reference, 0), expected), 0.1, double.PositiveInfinity);
    }

    /// <summary>Widths that are no multiples of 128: of experts' second products not even of 16, so that these are widened.</summary>
    [Fact]
    public void Forward_Golden_TakesEveryKernelThatItsWidthsAllow()
    {
        var folder = Path.Combine(Goldens.Roots[0], "models", "deepseek_v3_fp8");
        using var golden = new GoldenModel(folder);
        using var files = Gateway.Engine.Models.ModelFiles.Open(folder);
        var gpu = new RecordingGpu(new EmulatedGpu());
        var loaded = LoadedModel.OnGpu(gpu, files, ElementType.BFloat16);
        using var backend = loaded.Backend;
        var ids = golden.Prompts.MaxBy(prompt => prompt.Ids.Length)!.Ids[..21];
        var reference = LoadedModel.OnCpu(files);
        using var cpu = reference.Backend;
        AssertNear(Logits(reference, 0, ids), Logits(loaded, 0, ids));
        Assert.Equal(
            ["experts_gate_up_128x32x4x8_fp8", "experts_gate_up_few_x2_fp8", "gate_up_few_x2_fp8", "linear_128x32x4x8_fp8", "linear_few_x2_fp8"],
            Float8Kernels(gpu));
        Assert.Contains("experts_down_few_x4_bf16", gpu.Kernels);
        Assert.Contains("experts_down_128x32x4x8_bf16", gpu.Kernels);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_AnyModel_CompilesKernelsOfEightBitsWhereItHasSuchWeightsOnly(bool isFloat8)
    {
        using var files = Files("v2-tiny", isFloat8);
        var gpu = new RecordingGpu(new EmulatedGpu());
        using var backend = LoadedModel.OnGpu(gpu, files, ElementType.BFloat16).Backend;
        Assert.Equal(isFloat8 ? ["few_tokens_fp8.cu", "grouped_fp8.cu"] : [], gpu.Sources.Where(source => source.Contains("fp8", StringComparison.Ordinal)).Order());
    }

    private static SyntheticModelFiles Files(string name, bool isFloat8 = true) =>
        new(SyntheticShape.All.Single(shape => shape.Name == name) with { Layers = 2 }, 5, isFloat8);

    private static IEnumerable<string> Float8Kernels(RecordingGpu gpu) =>
        gpu.Kernels.Where(kernel => kernel.EndsWith("_fp8", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal);

    private static float[][] Logits(LoadedModel loaded, int adapter) =>
        Logits(loaded, adapter, [.. Enumerable.Range(0, Pieces.Sum()).Select(i => ((i * 37) + 11) % loaded.Model.VocabularySize)]);

    private static float[][] Logits(LoadedModel loaded, int adapter, int[] ids)
    {
        var run = new ModelRun(loaded, 1, ids.Length) { Adapters = [adapter] };
        List<float[]> logits = [];
        foreach (var piece in ids.Length > 21 ? Pieces : [16, 4, 1])
        {
            logits.AddRange(run.Forward(0, ids[logits.Count..(logits.Count + piece)], piece));
        }

        return [.. logits];
    }

    private static double Median(float[][] expected, float[][] actual)
    {
        double[] errors = [.. expected.Zip(actual, (row, other) => Values.RelativeError([.. row.Select(value => (double)value)], other)).Order()];
        return errors[errors.Length / 2];
    }

    private void AssertNear(float[][] expected, float[][] actual)
    {
        var median = Median(expected, actual);
        output.WriteLine($"median {median:F4}");
        Assert.InRange(median, 0, MedianInBFloat16);
    }
}
