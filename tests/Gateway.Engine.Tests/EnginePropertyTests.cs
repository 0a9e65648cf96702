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
        var preemptions = 0L;
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), async seed => preemptions += await CheckAsync(new Random(seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(25));
        Assert.True(preemptions > 0, "the block pool was never tight");
    }

    private async Task<long> CheckAsync(Random random)
    {
        await using var engine = InferenceEngine.Load(new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            BlockSize = random.Next(1, 6),
            KvCacheTokens = random.Next(60, 110),
            MaxRunningSequences = random.Next(2, 7),
            MaxStepTokens = random.Next(7, 40),
            Threads = random.Next(1, 3),
        });
        var requests = Enumerable.Range(0, random.Next(2, 9)).Select(_ => Request(random)).ToList();
        var runs = requests.Select(request => (Request: request, LeaveAfter: random.Next(4) == 0 ? random.Next(1, 10) : int.MaxValue))
            .Select(async item => (item.Request, Tokens: await RunAsync(engine, item.Request, item.LeaveAfter)))
            .ToList();
        foreach (var (request, tokens) in await Task.WhenAll(runs))
        {
            var alone = await _reference.IdsAsync(request);
            Assert.Equal(alone[..Math.Min(alone.Length, tokens.Count)], tokens);
            Assert.True(tokens.Count > 0);
        }

        engine.CheckIntegrity();
        Assert.Equal(0, engine.Statistics.HeldBlocks);
        return engine.Statistics.Preemptions;
    }

    private static async Task<List<int>> RunAsync(InferenceEngine engine, TokenRequest request, int leaveAfter)
    {
        List<int> tokens = [];
        await foreach (var token in engine.GenerateAsync(request))
        {
            tokens.Add(token.Id);
            if (tokens.Count == leaveAfter)
            {
                return tokens;
            }

            Assert.Equal(tokens.Count == request.MaxTokens, token.Finish is not null);
        }

        Assert.Equal(request.MaxTokens, tokens.Count);
        return tokens;
    }

    private static TokenRequest Request(Random random) => new()
    {
        PromptIds = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(3, 500))],
        MaxTokens = random.Next(1, 25),
        IgnoreEos = true,
        Sampling = random.Next(2) == 0
            ? new() { Temperature = 0 }
            : new() { Seed = random.Next(), Temperature = 1.5, TopP = 0.9, RepetitionPenalty = 1.1, PresencePenalty = 0.5 },
    };
}
