using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>Who is served, and when, while the model is held up as long as a test wants.</summary>
public sealed class EngineQueueTests : IAsyncDisposable
{
    private static readonly TokenRequest Request = new() { PromptIds = [0, 1], MaxTokens = 2, Sampling = new() { Temperature = 0 } };

    private readonly SemaphoreSlim _passes = new(1);
    private readonly ManualTime _time = new();
    private readonly InferenceEngine _engine;

    public EngineQueueTests()
    {
        var model = new FakeModel(batch =>
        {
            Assert.True(_passes.Wait(TimeSpan.FromMinutes(1)));
            _time.Advance(TimeSpan.FromMilliseconds(15));
            return [.. batch.LogitTokens.Select(_ => 1f)];
        });
        _engine = FakeModel.Engine(model, new EngineOptions { ModelPath = "none", KvCacheTokens = 128, MaxRunningSequences = 1, MaxWaitingRequests = 3 }, _time);
    }

    public async ValueTask DisposeAsync()
    {
        _passes.Release(1_000);
        await _engine.DisposeAsync();
        _passes.Dispose();
    }

    [Fact]
    public async Task GenerateAsync_Priorities_HigherOnesAreServedFirst()
    {
        await using var running = await _engine.StartAsync(Request);
        List<string> served = [];
        var waiting = new[] { SchedulingPriority.Low, SchedulingPriority.Normal, SchedulingPriority.High }.Select(async priority =>
        {
            await foreach (var token in _engine.GenerateAsync(Request with { Origin = new() { Priority = priority } }))
            {
                if (token.Finish is not null)
                {
                    lock (served)
                    {
                        served.Add(priority.ToString());
                    }
                }
            }
        }).ToList();
        Assert.Equal([1, 1, 1], _engine.Statistics.Priorities.Select(queue => queue.Waiting));
        for (var passes = 0; served.Count < 3; passes++)
        {
            Assert.True(passes < 1_000);
            _passes.Release();
            await Task.Delay(2);
        }

        await Task.WhenAll(waiting);
        Assert.Equal(["High", "Normal", "Low"], served);
    }

    [Fact]
    public async Task GenerateAsync_QueueFullOfOneTenant_MakesRoomForAnother()
    {
        await using var running = await _engine.StartAsync(Request with { Origin = new() { Tenant = "many" } });
        var many = Enumerable.Range(0, 3).Select(_ => _engine.IdsAsync(Request with { Origin = new() { Tenant = "many" } })).ToList();
        var one = _engine.IdsAsync(Request with { Origin = new() { Tenant = "one" } });
        await Assert.ThrowsAsync<EngineOverloadedException>(() => many[2]);
        Assert.Equal(3, _engine.Statistics.Waiting);

        // Two of the one, one of the other: a second of the other would change places only.
        await Assert.ThrowsAsync<EngineOverloadedException>(() => _engine.IdsAsync(Request with { Origin = new() { Tenant = "one" } }));
        await Assert.ThrowsAsync<EngineOverloadedException>(() => _engine.IdsAsync(Request with { Origin = new() { Tenant = "many" } }));
        _passes.Release(1_000);
        Assert.All(await Task.WhenAll(many[0], many[1], one), answer => Assert.Equal(2, answer.Length));
        _engine.CheckIntegrity();
    }

    [Fact]
    public async Task Statistics_AfterSomeRequests_TellQueueTimesAndTokens()
    {
        _passes.Release(1_000);
        await _engine.IdsAsync(Request with { PromptIds = [0, 1, 2], MaxTokens = 3, Origin = new() { Priority = SchedulingPriority.High } });
        var statistics = _engine.Statistics;
        Assert.Equal((3, 3, 2, 5, 3), (statistics.Steps, statistics.PrefillTokens, statistics.DecodeTokens, statistics.TokensComputed, statistics.TokensGenerated));
        Assert.Equal((3L, 3.0), (statistics.BatchSize.Count, statistics.BatchSize.Sum));
        Assert.Equal(0.015, Assert.Single(Values(statistics.TimeToFirstToken)), 6);
        Assert.Equal((2L, 0.03), (statistics.TimePerToken.Count, Math.Round(statistics.TimePerToken.Sum, 6)));
        Assert.Equal([0L, 0, 1], statistics.Priorities.Select(queue => queue.Wait.Count));
        Assert.Equal(Enum.GetValues<SchedulingPriority>(), statistics.Priorities.Select(queue => queue.Priority));
        Assert.Equal(statistics.TotalBlocks, statistics.FreeBlocks + statistics.CachedBlocks + statistics.HeldBlocks);

        static IEnumerable<double> Values(Distribution distribution) => Enumerable.Repeat(distribution.Sum / distribution.Count, (int)distribution.Count);
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
    }
}
