using Gateway.Engine.Benchmarking;
using Xunit;

namespace Gateway.Engine.Tests.Benchmarking;

public sealed class EngineBenchmarkTests
{
    [Fact]
    public async Task Rates_OfASmallModel_ArePositiveAndLeaveTheEngineEmpty()
    {
        var ct = TestContext.Current.CancellationToken;
        var options = new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            Device = ComputeDevice.Cpu,
            MaxRunningSequences = 5,
            KvCacheTokens = EngineBenchmark.CacheTokens(5, 8, 6),
        };
        await using var engine = InferenceEngine.Load(options, ct);
        var benchmark = new EngineBenchmark(engine, TimeProvider.System);
        await benchmark.WarmUpAsync(ct);
        Assert.True(await benchmark.PrefillAsync(64, 3, ct) > 0);
        Assert.True(await benchmark.DecodeAsync(1, 8, 6, ct) > 0);
        var generated = engine.Statistics.TokensGenerated;
        Assert.True(await benchmark.DecodeAsync(5, 8, 6, ct) > 0);

        // Each stream has had its share after its first token.
        Assert.True(engine.Statistics.TokensGenerated - generated >= 5 * 6);
        Assert.Equal(0, engine.Statistics.Running);
        engine.CheckIntegrity();
    }

    [Fact]
    public void TokensPerSecond_Window_CountsOnlyWhatComesWhileAllGenerate()
    {
        var window = new DecodeWindow(2, TimeProvider.System);
        window.Count(isFirst: true);
        window.Count(isFirst: false);
        Assert.False(window.IsOver(1));
        Assert.Equal(0, window.TokensPerSecond);

        window.Count(isFirst: true);
        window.Count(isFirst: false);
        Assert.False(window.IsOver(1));
        window.Count(isFirst: false);
        Assert.True(window.IsOver(1));
        Assert.True(window.TokensPerSecond > 0);
    }

    [Fact]
    public void Measure_Memory_IsWithinReason() => Assert.InRange(ReadBandwidth.Measure(2, TimeProvider.System), 1e8, 1e13);
}
