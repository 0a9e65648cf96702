using Gateway.Engine;
using Gateway.Observability.Catalogue;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

public sealed class EngineMetricsTests
{
    /// <summary>The engine counts by itself and knows no catalogue: the two must have the same buckets.</summary>
    [Fact]
    public async Task Distributions_OfTheEngine_HaveTheBucketsOfTheCatalogue()
    {
        var options = new EngineOptions { ModelPath = Path.Combine(RepositoryRoot.Path, "models/demo"), KvCacheTokens = 64, Device = ComputeDevice.Cpu };
        await using var engine = InferenceEngine.Load(options, TestContext.Current.CancellationToken);
        var statistics = engine.Statistics;
        Assert.Equal(MetricCatalogue.EngineFirstToken.Bounds, statistics.TimeToFirstToken.Bounds);
        Assert.Equal(MetricCatalogue.EngineTimePerToken.Bounds, statistics.TimePerToken.Bounds);
        Assert.Equal(MetricCatalogue.EngineBatchSize.Bounds, statistics.BatchSize.Bounds);
        Assert.All(statistics.Priorities, queue => Assert.Equal(MetricCatalogue.EngineQueueWait.Bounds, queue.Wait.Bounds));
    }
}
