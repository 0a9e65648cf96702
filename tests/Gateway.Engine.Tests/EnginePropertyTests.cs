using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>
/// Whatever arrives together, in whatever pieces it is computed, whoever leaves early and whoever is preempted: everybody else gets
/// exactly the tokens that he would have got alone.
/// </summary>
public sealed class EnginePropertyTests : IAsyncLifetime
{
    private readonly InferenceEngine _reference = InferenceEngine.Load(new EngineOptions { ModelPath = EngineRun.SmallModel });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _reference.DisposeAsync();

    [Fact]
    public void GenerateAsync_AnyMixUnderPressure_GivesEachRequestItsOwnTokens()
    {
        var (preemptions, hits, evictions) = (0L, 0L, 0L);
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), async seed =>
        {
            var random = new Random(seed);
            await using var engine = InferenceEngine.Load(EngineMix.Pressed(random));
            await new EngineMix(random, engine, _reference).CheckAsync(requests: random.Next(2, 12), longest: 30);
            preemptions += engine.Statistics.Preemptions;
            hits += engine.Statistics.PrefixHits;
            evictions += engine.Statistics.PrefixEvictions;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
        Assert.True(preemptions > 0 && hits > 0 && evictions > 0, $"{preemptions} preemptions, {hits} hits, {evictions} evictions: too tame");
    }
}
