using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests;

public sealed class InferenceEngineTests(InferenceEngineTests.SharedEngine shared) : IClassFixture<InferenceEngineTests.SharedEngine>
{
    private static readonly SamplingParameters Greedy = new() { Temperature = 0 };

    private readonly InferenceEngine _engine = shared.Engine;

    [Fact]
    public async Task GenerateAsync_TokenLimit_EndsWithLength()
    {
        var tokens = await _engine.CollectAsync(Request(5));
        Assert.Equal(5, tokens.Count);
        Assert.Equal(FinishReason.Length, tokens[^1].Finish);
        Assert.All(tokens[..^1], token => Assert.Null(token.Finish));
        Assert.All(tokens, token => Assert.Null(token.Logprob));
    }

    [Fact]
    public async Task GenerateAsync_StopId_DeliversItAndEnds()
    {
        var all = await _engine.IdsAsync(Request(20));
        var stop = all[3];
        var tokens = await _engine.CollectAsync(Request(20) with { StopTokenIds = [stop] });
        Assert.Equal(all.Take(Array.IndexOf(all, stop) + 1), tokens.Select(token => token.Id));
        Assert.Equal(FinishReason.Stop, tokens[^1].Finish);
    }

    [Fact]
    public async Task GenerateAsync_EosForced_StopsUnlessIgnored()
    {
        var forced = Request(3) with { IgnoreEos = false, Sampling = Greedy with { LogitBias = new Dictionary<int, float> { [1] = 100 } } };
        var tokens = await _engine.CollectAsync(forced);
        Assert.Equal(new GeneratedToken(1, null, FinishReason.Stop), Assert.Single(tokens));
        var ignored = await _engine.IdsAsync(forced with { IgnoreEos = true });
        Assert.Equal([1, 1, 1], ignored);
    }

    [Fact]
    public async Task GenerateAsync_EndOfContext_EndsWithLength()
    {
        await using var engine = Load(new EngineOptions { ModelPath = EngineRun.SmallModel, MaxContextTokens = 12 });
        Assert.Equal(12, engine.Model.ContextLength);
        var tokens = await engine.CollectAsync(Request(int.MaxValue) with { PromptIds = Enumerable.Range(10, 9).ToArray() });
        Assert.Equal(3, tokens.Count);
        Assert.Equal(FinishReason.Length, tokens[^1].Finish);
    }

    [Fact]
    public async Task GenerateAsync_Logprobs_AreThoseOfTheModelItself()
    {
        var sampling = new SamplingParameters { Temperature = 0, LogitBias = new Dictionary<int, float> { [7] = 100 } };
        var tokens = await _engine.CollectAsync(Request(2) with { Sampling = sampling, TopLogprobs = 3 });
        Assert.All(tokens, token =>
        {
            Assert.Equal(7, token.Id);
            Assert.Equal(3, token.Logprob!.Top.Count);
            Assert.True(token.Logprob.Logprob < token.Logprob.Top[0].Logprob);
        });
    }

    [Fact]
    public async Task GenerateAsync_SameSeed_GivesTheSameAnswerAloneAndInABatch()
    {
        var request = Request(30) with { Sampling = new() { Seed = 11, TopP = 0.95, Temperature = 0.9, FrequencyPenalty = 0.5 } };
        var alone = await _engine.IdsAsync(request);
        var others = Enumerable.Range(0, 9).Select(i => _engine.IdsAsync(Request(25) with { PromptIds = [i + 3, 4], Sampling = new() }));
        var together = await Task.WhenAll([_engine.IdsAsync(request), .. others]);
        Assert.Equal(alone, together[0]);
        Assert.NotEqual(alone, await _engine.IdsAsync(request with { Sampling = request.Sampling with { Seed = 12 } }));
    }

    [Fact]
    public async Task GenerateAsync_WithoutSeed_DiffersFromRequestToRequest()
    {
        var request = Request(30) with { Sampling = new() { Temperature = 2 } };
        Assert.NotEqual(await _engine.IdsAsync(request), await _engine.IdsAsync(request));
    }

    [Fact]
    public async Task GenerateAsync_CancelledBefore_NeverJoins()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _engine.CollectAsync(Request(5), new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData(nameof(TokenRequest.PromptIds), new int[0], 1, null)]
    [InlineData(nameof(TokenRequest.PromptIds), new[] { 512 }, 1, null)]
    [InlineData(nameof(TokenRequest.PromptIds), new[] { 3, -1 }, 1, null)]
    [InlineData(nameof(TokenRequest.MaxTokens), new[] { 3 }, 0, null)]
    [InlineData(nameof(TokenRequest.TopLogprobs), new[] { 3 }, 1, 21)]
    [InlineData(nameof(TokenRequest.TopLogprobs), new[] { 3 }, 1, -1)]
    public void GenerateAsync_WrongMember_IsNamed(string field, int[] prompt, int maxTokens, int? topLogprobs)
    {
        var request = new TokenRequest { PromptIds = prompt, MaxTokens = maxTokens, TopLogprobs = topLogprobs };
        Assert.Equal(field, Assert.Throws<EngineRequestException>(() => _engine.GenerateAsync(request)).Field);
    }

    [Fact]
    public void GenerateAsync_StopIdOutsideTheVocabulary_IsNamed()
    {
        var request = Request(1) with { StopTokenIds = [512] };
        Assert.Equal(nameof(TokenRequest.StopTokenIds), Assert.Throws<EngineRequestException>(() => _engine.GenerateAsync(request)).Field);
    }

    [Fact]
    public void GenerateAsync_SamplingOutOfRange_IsNamed()
    {
        var request = Request(1) with { Sampling = new() { TopP = 0 } };
        Assert.Equal(nameof(SamplingParameters.TopP), Assert.Throws<EngineRequestException>(() => _engine.GenerateAsync(request)).Field);
    }

    [Fact]
    public async Task GenerateAsync_PromptThatCanNeverFit_IsRefused()
    {
        await using var engine = Load(new EngineOptions { ModelPath = EngineRun.SmallModel, KvCacheTokens = 20, BlockSize = 8 });
        Assert.Equal(24, engine.Model.ContextLength);
        var exception = Assert.Throws<EngineRequestException>(() => engine.GenerateAsync(Request(1) with { PromptIds = new int[24] }));
        Assert.Contains("24", exception.Message, StringComparison.Ordinal);
        Assert.Single(await engine.IdsAsync(Request(50) with { PromptIds = new int[23] }));
    }

    [Fact]
    public void Load_OptionsOutOfRange_ListsThemAll()
    {
        var options = new EngineOptions { ModelPath = " ", BlockSize = 0, MaxStepTokens = 8, MaxRunningSequences = 9, Threads = -1 };
        var exception = Assert.Throws<EngineOptionsException>(() => Load(options));
        Assert.Equal(["ModelPath", "BlockSize", "Threads", "MaxStepTokens"], exception.Errors.Select(error => error.Split(' ')[0]));
    }

    [Fact]
    public void Load_NoSuchFolder_NamesTheOption()
    {
        var exception = Assert.Throws<EngineOptionsException>(() => Load(new EngineOptions { ModelPath = "/no/such/folder" }));
        Assert.Contains("/no/such/folder", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CacheLargerThanTheMachine_NamesTheOption()
    {
        var options = new EngineOptions { ModelPath = EngineRun.SmallModel, KvCacheTokens = 100_000_000 };
        var exception = Assert.Throws<EngineOptionsException>(() => Load(options));
        Assert.StartsWith(nameof(EngineOptions.KvCacheTokens), Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    private static TokenRequest Request(int maxTokens) =>
        new() { PromptIds = [5, 6, 7, 8], MaxTokens = maxTokens, Sampling = Greedy, IgnoreEos = true };

    private static InferenceEngine Load(EngineOptions options) => InferenceEngine.Load(options);

    public sealed class SharedEngine : IAsyncLifetime
    {
        public InferenceEngine Engine { get; } = Load(new EngineOptions { ModelPath = EngineRun.SmallModel });

        public ValueTask InitializeAsync() => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => Engine.DisposeAsync();
    }
}
