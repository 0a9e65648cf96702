using Gateway.Engine.Adapters;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Tests.Models;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Adapters;

/// <summary>Adapters on the GPU backend, with its kernels run on the CPU.</summary>
public sealed class CudaAdapterTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;
    private const int LongestPrompt = 64;

    public static TheoryData<string> Folders => [.. Directory.GetDirectories(Path.Combine(Goldens.Roots[0], "lora")).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_GoldenAdapterBesideTheBareModel_LogitsAreTheReferences(string folder)
    {
        using var golden = new LoraGolden(folder);
        var loaded = LoadedModel.OnEmulatedGpu(golden.ModelFolder, ElementType.Float32, golden.Adapter);
        using var backend = loaded.Backend;
        foreach (var (ids, unmerged, merged) in golden.Prompts.Where(prompt => prompt.Ids.Length <= LongestPrompt))
        {
            // A long piece, short ones and single tokens: each has kernels of its own. The bare model's tokens share every step.
            foreach (var chunk in new[] { 40, 7, 1 })
            {
                var run = new ModelRun(loaded, 2, ids.Length) { Adapters = [1, 0] };
                var (under, bare) = (new List<float[]>(), new List<float[]>());
                foreach (var piece in ids.Chunk(chunk))
                {
                    var rows = run.Forward([(1, piece, piece.Length), (0, piece, piece.Length)]);
                    bare.AddRange(rows[..piece.Length]);
                    under.AddRange(rows[piece.Length..]);
                }

                var (beside, within) = (golden.Difference(unmerged, [.. under]), golden.Difference(merged, [.. under]));
                output.WriteLine($"{ids.Length} tokens in pieces of {chunk}: {beside:E1} unmerged, {within:E1} merged");
                Assert.InRange(beside, 0, Tolerance);
                Assert.InRange(within, 0, Tolerance);
                Assert.True(golden.Difference(unmerged, [.. bare]) > 0.1);
                var alone = new ModelRun(loaded, 1, ids.Length).Forward(0, ids, ids.Length);
                Assert.InRange(LoraGolden.Difference(alone, [.. bare]), 0, Tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_BFloat16_IsNearTheReferences(string folder)
    {
        using var golden = new LoraGolden(folder);
        var loaded = LoadedModel.OnEmulatedGpu(golden.ModelFolder, ElementType.BFloat16, golden.Adapter);
        using var backend = loaded.Backend;
        var (ids, unmerged, _) = golden.Prompts.Where(prompt => prompt.Ids.Length <= LongestPrompt).MaxBy(prompt => prompt.Ids.Length);
        var logits = new ModelRun(loaded, 1, ids.Length) { Adapters = [1] }.Forward(0, ids, ids.Length);
        var differences = logits.Select((row, position) => golden.Difference(unmerged, position, row)).Order().ToList();
        output.WriteLine($"median {differences[differences.Count / 2]:F3}, largest {differences[^1]:F3}");
        Assert.InRange(differences[differences.Count / 2], 0, 0.1);
    }

    /// <summary>Steps that are recorded serve any mix of adapters, and the bare model's are recorded apart.</summary>
    [Fact]
    public async Task GenerateAsync_AnyMixOfAdapters_IsAsOnTheCpu()
    {
        var adapter = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "lora", "deepseek_v2_lite");
        using var checkpoint = SafetensorsCheckpoint.Open(EngineRun.SmallModel);
        using var ofAllLayers = new AdapterFolder(SyntheticAdapter.Create(checkpoint, "b", seed: 3, rank: 5));
        var options = new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            Device = ComputeDevice.Cpu,
            MaxStepTokens = 32,
            MaxRunningSequences = 4,
            KvCacheTokens = 256,
            Adapters = new Dictionary<string, string> { ["a"] = adapter, ["b"] = ofAllLayers.Path },
        };
        string?[] adapters = [null, "a", "b"];
        await using var cpu = InferenceEngine.Load(options);
        using var files = ModelFiles.Open(options.ModelPath);
        await using var gpu = InferenceEngine.Load(options, new CudaDevice(new EmulatedGpu()) { Type = ElementType.Float32 }, files, progress: null, default);
        var requests = Enumerable.Range(0, 7).Select(i => new TokenRequest
        {
            PromptIds = [.. Enumerable.Range(0, 3 + (5 * (i % 3))).Select(token => (token * 37 % 490) + 3)],
            Adapter = adapters[i % adapters.Length],
            MaxTokens = 3 + i,
            IgnoreEos = true,
            Sampling = new() { Temperature = 0 },
        }).ToList();
        var answers = await Task.WhenAll(requests.Select(request => gpu.IdsAsync(request)));
        for (var i = 0; i < requests.Count; i++)
        {
            Assert.Equal(await cpu.IdsAsync(requests[i]), answers[i]);
        }

        Assert.Equal(answers[1], await gpu.IdsAsync(requests[1]));
        Assert.Equal(answers[0], await gpu.IdsAsync(requests[0]));
        gpu.CheckIntegrity();
    }

    /// <summary>Adapters of single experts, of shared ones, and of all that a layer has, in float32 and as near as bfloat16 comes.</summary>
    [Theory]
    [InlineData(".experts.3.up_proj")]
    [InlineData(".shared_experts.down_proj")]
    [InlineData(".shared_experts.gate_proj")]
    [InlineData("experts.")]
    [InlineData("")]
    public void Forward_AdaptersOfExperts_AreAsOnTheCpu(string part)
    {
        using var checkpoint = SafetensorsCheckpoint.Open(EngineRun.SmallModel);
        LoraAdapter[] adapters = [.. new[] { ("a", 1, 3), ("b", 2, 8) }.Select(adapter =>
            SyntheticAdapter.Create(checkpoint, adapter.Item1, adapter.Item2, adapter.Item3, module => module.Contains(part, StringComparison.Ordinal)))];
        var ids = Enumerable.Range(0, 45).Select(token => (token * 37 % 490) + 3).ToArray();
        var expected = Run(LoadedModel.OnCpu(EngineRun.SmallModel, adapters: adapters));
        var bare = Run(LoadedModel.OnCpu(EngineRun.SmallModel), isBare: true);
        var exact = Run(LoadedModel.OnEmulatedGpu(EngineRun.SmallModel, ElementType.Float32, adapters));
        var half = Run(LoadedModel.OnEmulatedGpu(EngineRun.SmallModel, ElementType.BFloat16, adapters));
        output.WriteLine($"float32 {LoraGolden.Difference(expected, exact):E1}, bfloat16 {Median(half):E1}, without {Median(bare):E1}");
        Assert.InRange(LoraGolden.Difference(expected, exact), 0, Tolerance);
        Assert.InRange(Median(half), 0, 0.05);
        Assert.True(LoraGolden.Difference(expected, bare) > 0.1);

        double Median(float[][] logits) => expected.Zip(logits, (row, other) => LoraGolden.Difference([row], [other])).Order().ElementAt(logits.Length / 2);

        // Two sequences under adapters and one without in every step: long pieces, short ones and single tokens.
        float[][] Run(LoadedModel loaded, bool isBare = false)
        {
            using var backend = loaded.Backend;
            var run = new ModelRun(loaded, 3, ids.Length) { Adapters = isBare ? [0, 0, 0] : [1, 0, 2] };
            List<float[]> logits = [];
            foreach (var piece in (int[][])[ids[..36], ids[36..38], .. ids[38..].Chunk(1)])
            {
                logits.AddRange(run.Forward(Enumerable.Range(0, 3).Select(sequence => (sequence, piece, piece.Length))));
            }

            return [.. logits];
        }
    }
}
