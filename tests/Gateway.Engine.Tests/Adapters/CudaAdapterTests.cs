using Gateway.Engine.Adapters;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Tests.Models;
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
        var options = new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            Device = ComputeDevice.Cpu,
            MaxStepTokens = 32,
            MaxRunningSequences = 4,
            KvCacheTokens = 256,
            Adapters = new Dictionary<string, string> { ["a"] = adapter, ["b"] = adapter },
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

    [Fact]
    public void Load_AdapterOfExperts_IsRefusedWithTheWayOut()
    {
        using var checkpoint = Gateway.Engine.Weights.SafetensorsCheckpoint.Open(EngineRun.SmallModel);
        foreach (var part in (string[])[".experts.3.up_proj", ".shared_experts.down_proj"])
        {
            var adapter = RandomAdapters.Create(checkpoint, "a", 1, 2, module => module.Contains(part, StringComparison.Ordinal));
            var exception = Assert.Throws<EngineOptionsException>(() => LoadedModel.OnEmulatedGpu(EngineRun.SmallModel, ElementType.Float32, adapter));
            Assert.StartsWith("Adapters: adapters of experts are applied on the CPU only; set Device to cpu", Assert.Single(exception.Errors), StringComparison.Ordinal);
        }
    }
}
