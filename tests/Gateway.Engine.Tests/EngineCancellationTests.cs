using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>Who leaves, who must wait and who is turned away, while a forward pass is held up as long as a test wants.</summary>
public sealed class EngineCancellationTests : IAsyncDisposable
{
    private static readonly TokenRequest Request = new() { PromptIds = [0, 1], Sampling = new() { Temperature = 0 } };

    private readonly ManualResetEventSlim _resume = new();
    private readonly InferenceEngine _engine;
    private int _passes;

    public EngineCancellationTests()
    {
        // The first pass goes through, so that a request can be seen running.
        var model = new FakeModel(batch =>
        {
            if (_passes++ > 0)
            {
                Assert.True(_resume.Wait(TimeSpan.FromMinutes(1)));
            }

            return [.. batch.LogitTokens.Select(_ => 1f)];
        });
        var options = new EngineOptions { ModelPath = "none", KvCacheTokens = 128, MaxRunningSequences = 1, MaxWaitingRequests = 2 };
        _engine = FakeModel.Engine(model, options);
    }

    public async ValueTask DisposeAsync()
    {
        _resume.Set();
        await _engine.DisposeAsync();
        _resume.Dispose();
    }

    [Fact]
    public async Task GenerateAsync_EnumerationEnded_FreesTheBlocksAtOnce()
    {
        var tokens = await _engine.StartAsync(Request);
        Assert.Equal((1, 7), (_engine.Statistics.Running, _engine.Statistics.FreeBlocks));
        await tokens.DisposeAsync();
        AssertIdle();
    }

    [Fact]
    public async Task GenerateAsync_Cancelled_FreesTheBlocksAtOnceAndThrows()
    {
        using var cancellation = new CancellationTokenSource();
        await using var tokens = await _engine.StartAsync(Request, cancellation.Token);
        await cancellation.CancelAsync();
        AssertIdle();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tokens.MoveNextAsync().AsTask());
    }

    [Fact]
    public async Task GenerateAsync_CancelledWhileWaiting_LeavesTheQueue()
    {
        await using var running = await _engine.StartAsync(Request);
        using var cancellation = new CancellationTokenSource();
        var waiting = _engine.CollectAsync(Request, cancellation.Token);
        Assert.Equal((1, 1), (_engine.Statistics.Running, _engine.Statistics.Waiting));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal((1, 0), (_engine.Statistics.Running, _engine.Statistics.Waiting));
    }

    [Fact]
    public async Task GenerateAsync_QueueFull_IsRefusedUntilThereIsRoom()
    {
        var running = await _engine.StartAsync(Request);
        var waiting = new[] { _engine.IdsAsync(Request), _engine.IdsAsync(Request) };
        var exception = await Assert.ThrowsAsync<EngineOverloadedException>(() => _engine.IdsAsync(Request));
        Assert.Equal(2, exception.MaxWaitingRequests);
        Assert.Equal((1, 2), (_engine.Statistics.Running, _engine.Statistics.Waiting));
        await running.DisposeAsync();
        var accepted = _engine.IdsAsync(Request with { MaxTokens = 3 });
        _resume.Set();
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal(62, answer.Length));
        Assert.Equal(3, (await accepted).Length);
        AssertIdle();
    }

    [Fact]
    public async Task DisposeAsync_RequestsUnderWay_FailThem()
    {
        await using var running = await _engine.StartAsync(Request);
        var waiting = _engine.IdsAsync(Request);
        var disposal = _engine.DisposeAsync();
        await Assert.ThrowsAsync<EngineException>(() => waiting);
        await Assert.ThrowsAsync<EngineException>(() => running.MoveNextAsync().AsTask());
        _resume.Set();
        await disposal;
        await Assert.ThrowsAsync<EngineException>(() => _engine.IdsAsync(Request));
        AssertIdle();
    }

    private void AssertIdle()
    {
        _engine.CheckIntegrity();
        var statistics = _engine.Statistics;
        Assert.Equal((0, 0, 0), (statistics.Running, statistics.Waiting, statistics.HeldBlocks));
    }
}
