using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.BFloat16Panels;
using Gateway.Engine.Tests.Kernels.Cpu;
using Gateway.Engine.Tests.Kernels.Cpu.BFloat16Panels;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>Whole models whose matrices of bfloat16 weights multiply inputs rounded to bfloat16.</summary>
public sealed class BFloat16InputsTests(ITestOutputHelper output)
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 83).Select(i => (i * 37 % 480) + 3)];

    // The goldens' tolerances for bfloat16.
    private static readonly (double Median, double Largest, double Best) DenseLimits = (0.05, 0.2, 0.9);
    private static readonly (double Median, double Largest, double Best) MixtureLimits = (0.1, double.PositiveInfinity, 0.7);

    // Their weights are float32 and binary16.
    private static readonly string[] Others = ["deepseek_v2_lite_f32", "llama_deepseek_llm"];

    public static TheoryData<string> Folders => [.. ModelGoldenTests.Folders.Where(row => !IsOther(row.Data))];

    public static TheoryData<string> OtherFolders => [.. ModelGoldenTests.Folders.Where(row => IsOther(row.Data))];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_EverySet_LogitsAreWithinTheTolerancesForBFloat16(string folder)
    {
        foreach (var row in BFloat16KernelTests.Available)
        {
            var (differences, agreeing) = Differences(folder, row.Data);
            var median = differences.Order().ElementAt(differences.Count / 2);
            output.WriteLine($"{row.Data}: {median:E1} median, {differences.Max():E1} worst, {agreeing:P0} of the likeliest tokens");
            var limits = GoldenModel.FamilyOf(folder).StartsWith("deepseek", StringComparison.Ordinal) ? MixtureLimits : DenseLimits;
            Assert.InRange(median, 1e-5, limits.Median);
            Assert.InRange(differences.Max(), 1e-4, limits.Largest);
            Assert.InRange(agreeing, limits.Best, 1);
        }
    }

    [Theory]
    [MemberData(nameof(OtherFolders))]
    public void Forward_WeightsOfOtherForms_LogitsHaveTheBitsOfTheDefault(string folder) =>
        Assert.Equal(
            Logits(LoadedModel.OnCpu(folder, threads: 1), Prompt.Length), Logits(LoadedModel.OnCpu(folder, kernels: CpuKernelSet.Choose(CpuKernels.Auto, MatrixInputs.BF16)), Prompt.Length));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_EverySetThreadsAndChunks_GiveTheBitsOfTheSetsOrder(string folder)
    {
        Dictionary<BFloat16Order, float[][]> expected = [];
        foreach (var row in BFloat16KernelTests.Available)
        {
            var kernels = row.Data;
            var order = CpuKernelSet.Choose(kernels, MatrixInputs.BF16).BFloat16!.Order;
            foreach (var (threads, chunk) in new[] { (1, Prompt.Length), (1, 7), (3, 25), (2, 1) })
            {
                var seen = Logits(LoadedModel.OnCpu(folder, threads: threads, kernels: CpuKernelSet.Choose(kernels, MatrixInputs.BF16)), chunk);
                var first = expected.TryGetValue(order, out var known) ? known : expected[order] = seen;
                for (var position = 0; position < first.Length; position++)
                {
                    Assert.True(
                        first[position].AsSpan().SequenceEqual(seen[position]), $"{kernels}, {threads} threads, pieces of {chunk}: position {position}");
                }
            }
        }
    }

    [Theory]
    [InlineData("deepseek_v2_lite", CpuKernels.Portable)]
    [InlineData("deepseek_v2_lite", CpuKernels.Auto)]
    [InlineData("qwen2_distill", CpuKernels.Auto)]
    public void Forward_AnyChunksAndBatch_LogitsHaveTheSameBits(string model, CpuKernels kernels)
    {
        var folder = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", model);
        var alone = LoadedModel.OnCpu(folder, threads: 1, kernels: CpuKernelSet.Choose(kernels, MatrixInputs.BF16));
        var shared = LoadedModel.OnCpu(folder, threads: 3, kernels: CpuKernelSet.Choose(kernels, MatrixInputs.BF16));
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), seed => CpuInvarianceTests.Check(alone, shared, new Random(seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(12));
        alone.Backend.Dispose();
        shared.Backend.Dispose();
    }

    [Fact]
    public void Choose_EverySet_NamesTheKernelForBFloat16()
    {
        foreach (var kernels in TestedKernels.Available)
        {
            var set = CpuKernelSet.Choose(kernels, MatrixInputs.BF16);
            var kernel = Assert.IsAssignableFrom<BFloat16Kernel>(set.BFloat16);
            Assert.EndsWith($" kernels, {kernel.Name} for bfloat16", set.Description, StringComparison.Ordinal);
            var names = kernels switch
            {
                CpuKernels.Amx when AmxBFloat16Kernel.IsSupported => "amx-bf16",
                CpuKernels.Amx or CpuKernels.Vnni or CpuKernels.Avx512 when Avx512BFloat16Kernel.IsSupported => "avx512-bf16",
                _ => "portable",
            };
            Assert.True(names == kernel.Name || set.Note is not null, $"{kernels}: {kernel.Name} without a note");
            Assert.Null(CpuKernelSet.Choose(kernels, MatrixInputs.F32).BFloat16);
        }
    }

    private static bool IsOther(string folder) => Others.Contains(Path.GetFileName(folder));

    private static (List<double> Differences, double Agreeing) Differences(string folder, CpuKernels kernels)
    {
        using var golden = new GoldenModel(folder);
        var loaded = LoadedModel.OnCpu(folder, kernels: CpuKernelSet.Choose(kernels, MatrixInputs.BF16));
        using var backend = loaded.Backend;
        List<double> differences = [];
        var agreeing = 0;
        foreach (var prompt in golden.Prompts)
        {
            var expected = golden.Tensors.Floats(prompt.LogitsKey).Chunk(golden.Tensors.Columns(prompt.LogitsKey)).ToArray();
            var (scale, run) = (expected.Max(row => row.Max(MathF.Abs)), new ModelRun(loaded, 1, prompt.Ids.Length));
            var logits = prompt.Ids.Chunk(ModelRun.MaxStepTokens).SelectMany(chunk => run.Forward(0, chunk, chunk.Length)).ToArray();
            for (var i = 0; i < expected.Length; i++)
            {
                var seen = logits[prompt.Positions[i]];
                differences.Add(expected[i].Zip(seen, (a, b) => MathF.Abs(a - b)).Max() / (double)scale);
                agreeing += Array.IndexOf(expected[i], expected[i].Max()) == Array.IndexOf(seen, seen.Max()) ? 1 : 0;
            }
        }

        return (differences, (double)agreeing / differences.Count);
    }

    private static float[][] Logits(LoadedModel model, int chunk)
    {
        using var backend = model.Backend;
        var run = new ModelRun(model, 1, Prompt.Length);
        return [.. Prompt.Chunk(chunk).SelectMany(piece => run.Forward(0, piece, piece.Length))];
    }
}
