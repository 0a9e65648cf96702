using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>What nobody sets suits the device, and never contradicts what somebody did set.</summary>
public sealed class EngineSizesTests
{
    [Theory]
    [InlineData(ComputeDevice.Cpu, 512, 32, 16, 32_768)]
    [InlineData(ComputeDevice.Cuda, 8_192, 256, 64, 0)]
    public void Of_NothingSet_IsAsDocumented(ComputeDevice device, int step, int running, int block, int cacheTokens)
    {
        var sizes = EngineSizes.Of(new EngineOptions { ModelPath = "none" }, device);

        Assert.Equal((step, running, block, cacheTokens), (sizes.MaxStepTokens, sizes.MaxRunningSequences, sizes.BlockSize, sizes.TotalBlocks * sizes.BlockSize));
        Assert.Equal((128, 256), (sizes.MaxPrefillChunk, sizes.MaxWaitingRequests));
    }

    [Theory]
    [InlineData(ComputeDevice.Cpu, null, 1_000, 1_000, 1_000)]
    [InlineData(ComputeDevice.Cpu, 8, null, 8, 8)]
    [InlineData(ComputeDevice.Cpu, null, 4, 512, 4)]
    [InlineData(ComputeDevice.Cuda, 64, null, 64, 64)]
    [InlineData(ComputeDevice.Cuda, 4_096, null, 4_096, 256)]
    [InlineData(ComputeDevice.Cuda, 100, 50, 100, 50)]
    public void Of_OneOfTwoSet_TheOtherFits(ComputeDevice device, int? step, int? running, int expectedStep, int expectedRunning)
    {
        var options = new EngineOptions { ModelPath = "none", MaxStepTokens = step, MaxRunningSequences = running };
        options.Validate();

        var sizes = EngineSizes.Of(options, device);

        Assert.Equal((expectedStep, expectedRunning), (sizes.MaxStepTokens, sizes.MaxRunningSequences));
    }

    [Theory]
    [InlineData(100, null, 7)]
    [InlineData(100, 10, 10)]
    [InlineData(101, 10, 11)]
    public void Of_CacheSet_IsRoundedUpToBlocks(int tokens, int? block, int blocks) =>
        Assert.Equal(blocks, EngineSizes.Of(new EngineOptions { ModelPath = "none", KvCacheTokens = tokens, BlockSize = block }, ComputeDevice.Cpu).TotalBlocks);
}
