using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Tests.Models;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>Engines that round the inputs of bfloat16 weights: as <see cref="EnginePropertyTests"/>, and what they say of themselves.</summary>
public sealed class EngineBFloat16Tests
{
    [Theory]
    [InlineData(CpuKernels.Portable)]
    [InlineData(CpuKernels.Auto)]
    public async Task GenerateAsync_AnyMix_GivesEachRequestItsOwnTokens(CpuKernels kernels)
    {
        var options = new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            Device = ComputeDevice.Cpu,
            CpuKernels = kernels,
            MatrixInputs = MatrixInputs.BF16,
        };
        await using var reference = InferenceEngine.Load(options);
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), async seed =>
        {
            var random = new Random(seed);
            await using var engine = InferenceEngine.Load(options with
            {
                BlockSize = random.Next(1, 6),
                KvCacheTokens = random.Next(60, 110),
                MaxRunningSequences = random.Next(2, 7),
                MaxStepTokens = random.Next(7, 40),
                MaxPrefillChunk = random.Next(1, 40),
                Threads = random.Next(1, 3),
            });
            await new EngineMix(random, engine, reference).CheckAsync(requests: random.Next(2, 12), longest: 30);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(8));
    }

    /// <summary>The likeliest token after each golden prompt; the tolerance is the goldens' for dense families in bfloat16.</summary>
    [Theory]
    [InlineData("qwen2_distill")]
    [InlineData("llama_distill")]
    public async Task GenerateAsync_GoldenPrompts_BeginAsTheReferenceDoes(string model)
    {
        using var golden = new GoldenModel(Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", model));
        await using var engine = InferenceEngine.Load(new EngineOptions
        {
            ModelPath = golden.Folder,
            Device = ComputeDevice.Cpu,
            CpuKernels = CpuKernels.Portable,
            MatrixInputs = MatrixInputs.BF16,
        });
        var (agreeing, count) = (0, 0);
        foreach (var prompt in golden.Prompts)
        {
            for (var i = 0; i < prompt.Greedy.Length; i++, count++)
            {
                var request = new TokenRequest
                {
                    PromptIds = [.. prompt.Ids, .. prompt.Greedy[..i]],
                    MaxTokens = 1,
                    IgnoreEos = true,
                    Sampling = new() { Temperature = 0 },
                };
                agreeing += (await engine.IdsAsync(request))[0] == prompt.Greedy[i] ? 1 : 0;
            }
        }

        Assert.InRange((double)agreeing / count, 0.9, 1);
    }

    [Fact]
    public void Load_UnknownForm_NamesTheSetting()
    {
        var options = new EngineOptions { ModelPath = EngineRun.SmallModel, MatrixInputs = (MatrixInputs)7 };
        Assert.Contains("MatrixInputs is 7; it must be one of: f32, bf16.", Assert.Throws<EngineOptionsException>(options.Validate).Errors);
    }

    [Fact]
    public async Task Load_InputsInBFloat16_SaysWhichKernelsRun()
    {
        var options = new EngineOptions { ModelPath = EngineRun.SmallModel, Device = ComputeDevice.Cpu, CpuKernels = CpuKernels.Portable };
        await using var exact = InferenceEngine.Load(options);
        await using var rounded = InferenceEngine.Load(options with { MatrixInputs = MatrixInputs.BF16 });
        Assert.EndsWith(" portable kernels", exact.Model.Device, StringComparison.Ordinal);
        Assert.EndsWith(" portable kernels, portable for bfloat16", rounded.Model.Device, StringComparison.Ordinal);
    }
}
