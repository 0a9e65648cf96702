using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>Prompts that begin alike, on a real model: what is found, who finds it, and that answers stay what they are.</summary>
public sealed class PrefixCacheTests : IAsyncLifetime
{
    private const int BlockSize = 4;

    private static readonly int[] Prompt = [.. Enumerable.Range(0, 22).Select(i => (i * 37 % 490) + 3)];

    private readonly InferenceEngine _engine = InferenceEngine.Load(new EngineOptions
    {
        ModelPath = EngineRun.SmallModel,
        Device = ComputeDevice.Cpu,
        BlockSize = BlockSize,
        KvCacheTokens = 160,
        MaxStepTokens = 16,
        MaxRunningSequences = 4,
    });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _engine.CheckIntegrity();
        Assert.Equal(0, _engine.Statistics.HeldBlocks);
        return _engine.DisposeAsync();
    }

    [Fact]
    public async Task GenerateAsync_SamePromptAgain_ComputesTheRestOnlyAndAnswersTheSame()
    {
        var first = await _engine.CollectAsync(Request());
        var computed = _engine.Statistics.PrefillTokens;
        var second = await _engine.CollectAsync(Request());
        Assert.Equal(first.Select(token => token.Id), second.Select(token => token.Id));
        Assert.All(first, token => Assert.Equal(0, token.CachedPromptTokens));
        Assert.All(second, token => Assert.Equal(20, token.CachedPromptTokens));
        var statistics = _engine.Statistics;
        Assert.Equal(2, statistics.PrefillTokens - computed);
        Assert.Equal((2, 1, 44, 20), (statistics.PrefixQueries, statistics.PrefixHits, statistics.PrefixQueryTokens, statistics.PrefixHitTokens));
        Assert.Equal(0, statistics.PrefixEvictions);
    }

    [Fact]
    public async Task GenerateAsync_ConversationThatGoesOn_FindsTheAnswerToo()
    {
        var answer = await _engine.IdsAsync(Request() with { MaxTokens = 12 });
        int[] next = [.. Prompt, .. answer, 8, 9];

        // The last token of an answer is chosen but never computed: 33 tokens are in the cache, 8 full blocks of them.
        Assert.Equal(32, (await _engine.CollectAsync(Request() with { PromptIds = next }))[0].CachedPromptTokens);
    }

    [Fact]
    public async Task GenerateAsync_OtherSalt_FindsNothingAndAnswersTheSame()
    {
        var first = await _engine.IdsAsync(Request() with { Origin = new() { CacheSalt = "red" } });
        foreach (var salt in (string?[])["blue", null])
        {
            var other = await _engine.CollectAsync(Request() with { Origin = new() { CacheSalt = salt } });
            Assert.Equal(first, other.Select(token => token.Id));
            Assert.Equal(0, other[0].CachedPromptTokens);
        }

        Assert.Equal(20, (await _engine.CollectAsync(Request() with { Origin = new() { CacheSalt = "red" } }))[0].CachedPromptTokens);
    }

    [Fact]
    public async Task GenerateAsync_CacheTooSmallForAll_EvictsAndAnswersTheSame()
    {
        var prompts = Enumerable.Range(0, 8).Select(i => Prompt.Select(token => (token + (31 * i) - 3) % 490 + 3).ToArray()).ToList();
        List<int[]> first = [];
        foreach (var prompt in prompts)
        {
            first.Add(await _engine.IdsAsync(Request() with { PromptIds = prompt }));
        }

        Assert.True(_engine.Statistics.PrefixEvictions > 0);
        for (var i = prompts.Count - 1; i >= 0; i--)
        {
            Assert.Equal(first[i], await _engine.IdsAsync(Request() with { PromptIds = prompts[i] }));
            _engine.CheckIntegrity();
        }

        Assert.True(_engine.Statistics.PrefixHits > 0);
    }

    [Fact]
    public async Task GenerateAsync_CancelledInTheMiddle_LeavesWhatWasComputedToOthers()
    {
        var tokens = await _engine.StartAsync(Request() with { MaxTokens = 100 });
        await tokens.DisposeAsync();
        Assert.Equal(0, _engine.Statistics.HeldBlocks);
        Assert.Equal(20, (await _engine.CollectAsync(Request()))[0].CachedPromptTokens);
    }

    [Fact]
    public async Task EmbedAsync_KnownPrompt_ReadsEveryTokenAllTheSame()
    {
        var request = new EmbeddingRequest { PromptIds = Prompt, Pooling = EmbeddingPooling.Mean };
        var vector = await _engine.EmbedAsync(request);
        await _engine.IdsAsync(Request());
        Assert.Equal(vector, await _engine.EmbedAsync(request));
        var last = request with { Pooling = EmbeddingPooling.Last };
        var computed = _engine.Statistics.PrefillTokens;
        Assert.Equal(await _engine.EmbedAsync(last), await _engine.EmbedAsync(last));
        Assert.Equal(4, _engine.Statistics.PrefillTokens - computed);
    }

    private static TokenRequest Request() => new() { PromptIds = Prompt, MaxTokens = 6, IgnoreEos = true, Sampling = new() { Temperature = 0 } };
}
