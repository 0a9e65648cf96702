using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Kernels.Cpu;
using Gateway.Engine.Tests.Models;
using Gateway.Engine.Tests.Weights.Gguf;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Adapters;

/// <summary>
/// Adapters of every projection of every architecture: beside a model's weights they do what they do merged into them, for their own tokens only.
/// </summary>
public sealed class UnmergedTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    // Inputs of quantised matrices are quantised to 16 bits.
    private const double QuantizedTolerance = 5e-4;

    private static readonly int[] Prompt = [.. Enumerable.Range(0, 61).Select(i => (i * 37 % 480) + 3)];

    public static TheoryData<string> Folders => ModelGoldenTests.Folders;

    public static TheoryData<string> LatentFolders =>
        [.. ModelGoldenTests.Folders.Where(row => GoldenModel.FamilyOf(row.Data).StartsWith("deepseek", StringComparison.Ordinal))];

    public static TheoryData<string> QuantizedModels =>
        new(["qwen2_distill", "deepseek_v2_lite"]);

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_AdapterOfEveryModule_IsTheMergedModel(string folder) => CompareWithMerged(folder, halves: false);

    [Theory]
    [MemberData(nameof(LatentFolders))]
    public void Forward_ExpansionsInHalves_IsTheMergedModel(string folder) => CompareWithMerged(folder, halves: true);

    /// <summary>Buffers are shared by layers, of which some have adapters on one side only.</summary>
    [Theory]
    [InlineData(".down_proj")]
    [InlineData(".gate_proj")]
    [InlineData(".experts.3.up_proj")]
    [InlineData(".shared_experts.")]
    [InlineData("layers.0.mlp.")]
    [InlineData(".kv_b_proj")]
    [InlineData("kv_a_proj_with_mqa")]
    public void Forward_AdapterOfSomeModules_IsTheMergedModel(string part) => CompareWithMerged(EngineRun.SmallModel, halves: false, part);

    /// <summary>A GGUF file of a Llama model has queries and keys in another order; adapters have them in the checkpoint's.</summary>
    [Fact]
    public void Forward_GgufFile_IsTheFolderQuantizedAlike()
    {
        var file = GgufGoldens.Files().First(file => file.EndsWith("llama_distill-Q8_0.gguf", StringComparison.Ordinal));
        var adapter = Adapter(GgufGoldens.ModelFolder(file), "a", 5, 8);
        var expected = Logits(LoadedModel.OnCpu(GgufGoldens.ModelFolder(file), Quantization.Q8_0, adapters: [adapter]), 1);
        var difference = LoraGolden.Difference(expected, Logits(LoadedModel.OnCpu(file, adapters: [adapter]), 1));
        output.WriteLine($"{difference:E1}");
        Assert.InRange(difference, 0, QuantizedTolerance);
        Assert.True(LoraGolden.Difference(expected, Logits(LoadedModel.OnCpu(file), 0)) > 0.1);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_AnyChunksThreadsAndBatchOfAdapters_LogitsHaveTheSameBits(string folder)
    {
        // Of different ranks, and one of some modules only.
        LoraAdapter[] adapters =
        [
            Adapter(folder, "a", 1, 4), Adapter(folder, "b", 2, 13),
            Adapter(folder, "c", 3, 16, module => module.EndsWith(".o_proj", StringComparison.Ordinal) || module.Contains(".down_", StringComparison.Ordinal)),
        ];
        var alone = LoadedModel.OnCpu(folder, threads: 1, adapters: adapters);
        var shared = LoadedModel.OnCpu(folder, threads: 3, adapters: adapters);
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), seed => CpuInvarianceTests.Check(alone, shared, new Random(seed), adapters.Length))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(8));
        alone.Backend.Dispose();
        shared.Backend.Dispose();
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_BareTokensOfAModelWithAdapters_HaveTheBitsOfTheBareModel(string folder)
    {
        var expected = Logits(LoadedModel.OnCpu(folder, threads: 1), 0);
        var loaded = LoadedModel.OnCpu(folder, threads: 2, adapters: [Adapter(folder, "a", 1, 8)]);
        using var backend = loaded.Backend;
        var run = new ModelRun(loaded, 3, Prompt.Length) { Adapters = [1, 0, 1] };
        var logits = run.Forward([(0, Prompt, 1), (1, Prompt[..20], 20), (2, Prompt[..5], 1)])[1..21].ToList();
        foreach (var id in Prompt[20..])
        {
            logits.Add(run.Forward([(1, [id], 1), (2, [id], 1)])[0]);
        }

        Assert.Equal(expected, logits);
    }

    [Theory]
    [MemberData(nameof(QuantizedModels))]
    public void Forward_QuantizedWeights_EverySetGivesTheSameBitsNearTheMergedModel(string model)
    {
        var folder = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", model);
        var adapter = Adapter(folder, "a", 4, 8);
        var portable = CpuKernelSet.Choose(CpuKernels.Portable);
        var expected = Logits(LoadedModel.OnCpu(folder, Quantization.Q8_0, threads: 1, kernels: portable, adapters: [adapter]), 1);
        foreach (var kernels in TestedKernels.Names.Select(TestedKernels.Set))
        {
            Assert.Equal(expected, Logits(LoadedModel.OnCpu(folder, Quantization.Q8_0, threads: 2, kernels: kernels, adapters: [adapter]), 1));
        }

        // Eight bits move these models by a percent or so; the adapter by a hundred times that.
        var exact = Logits(LoadedModel.OnCpu(folder, adapters: [adapter]), 1);
        var differences = exact.Zip(expected, (a, b) => LoraGolden.Difference([a], [b])).Order().ToList();
        Assert.InRange(differences[differences.Count / 2], 1e-6, 0.1);
    }

    private void CompareWithMerged(string folder, bool halves, string part = "")
    {
        using var files = ModelFiles.Open(folder);
        var adapter = Adapter(folder, "a", 7, 6, module => module.Contains(part, StringComparison.Ordinal));
        using var merged = new MergedModelFiles(files, adapter, halves);
        using var bare = new MergedModelFiles(files, null, halves);
        var expected = Logits(LoadedModel.OnCpu(merged), 0);
        var difference = LoraGolden.Difference(expected, Logits(LoadedModel.OnCpu(bare, adapters: [adapter]), 1));
        var effect = LoraGolden.Difference(expected, Logits(LoadedModel.OnCpu(bare), 0));
        output.WriteLine($"{difference:E1}, of an effect of {effect:F2}");
        Assert.InRange(difference, 0, Tolerance);
        Assert.True(effect > (part.Length == 0 ? 0.1 : 0.01), $"The adapter moves logits by {effect:E1} only.");
    }

    private static LoraAdapter Adapter(string folder, string name, int seed, int rank, Func<string, bool>? takes = null)
    {
        using var checkpoint = SafetensorsCheckpoint.Open(folder);
        return SyntheticAdapter.Create(checkpoint, name, seed, rank, module => !IsBehindTheModel(folder, module) && (takes?.Invoke(module) ?? true));
    }

    /// <summary>Layers that predict further tokens are not loaded.</summary>
    private static bool IsBehindTheModel(string folder, string module)
    {
        using var files = ModelFiles.Open(folder);
        return module.Split('.') is ["model", "layers", var layer, ..] && int.Parse(layer, null) >= ModelLoader.Plan(files).Layers;
    }

    private static float[][] Logits(LoadedModel model, int adapter)
    {
        using var backend = model.Backend;
        return new ModelRun(model, 1, Prompt.Length) { Adapters = [adapter] }.Forward(0, Prompt, Prompt.Length);
    }
}
