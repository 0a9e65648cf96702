using FsCheck;
using FsCheck.Fluent;
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
            ModelPath = EngineRun.SmallModel, Device = ComputeDevice.Cpu, CpuKernels = kernels, MatrixInputs = MatrixInputs.BF16,
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
