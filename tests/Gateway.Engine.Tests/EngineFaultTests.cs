using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>What the engine does when the model fails.</summary>
public sealed class EngineFaultTests
{
    private const int Breaks = 1;
    private const int NotANumber = 2;
    private const int Fine = 3;

    [Fact]
    public async Task Step_ModelThrows_FailsItsRequestsAndGoesOn()
    {
        await using var engine = Engine();
        var exception = await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(Request(Breaks)));
        Assert.Contains("broken token", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await engine.IdsAsync(Request(Fine))).Length);
        Assert.Null(engine.Fault);
        engine.CheckIntegrity();
        Assert.Equal(engine.Statistics.TotalBlocks, engine.Statistics.FreeBlocks);
    }

    [Fact]
    public async Task Step_LogitsAreNotNumbers_FailsThatRequestOnly()
    {
        await using var engine = Engine();
        var fine = engine.IdsAsync(Request(Fine));
        var exception = await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(Request(NotANumber)));
        Assert.Contains("NaN", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await fine).Length);
    }

    [Fact]
    public async Task Step_ThreeFailuresInARow_StopsTheEngineAndSaysSo()
    {
        await using var engine = Engine();
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(Request(Breaks)));
        }

        var exception = await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(Request(Fine)));
        Assert.Contains("broken token", exception.Message, StringComparison.Ordinal);
        Assert.Equal(engine.Fault, exception.Message);
    }

    private static TokenRequest Request(int first) => new() { PromptIds = [first], MaxTokens = 4, Sampling = new() { Temperature = 0 } };

    private static InferenceEngine Engine() => new(
        new EngineOptions { ModelPath = "none", KvCacheTokens = 64 },
        new FailingModel(),
        new ModelDescription
        {
            Name = "failing",
            Family = "test",
            VocabularySize = 4,
            ContextLength = 64,
            ParameterCount = 0,
            CacheBytesPerToken = 4,
            EosTokenIds = [],
            BosTokenId = null,
        });

    private sealed class FailingModel : ILanguageModel
    {
        public string Family => "test";

        public int VocabularySize => 4;

        public int MaxPositions => 64;

        public long ParameterCount => 0;

        public int CacheLayers => 1;

        public int CacheWidth => 1;

        public void Forward(StepBatch batch, PagedCache cache, Memory<float> logits, IForwardObserver? observer = null)
        {
            if (batch.TokenIds.Contains(Breaks))
            {
                throw new InvalidOperationException("broken token");
            }

            for (var row = 0; row < batch.LogitTokens.Count; row++)
            {
                var values = logits.Span.Slice(row * VocabularySize, VocabularySize);
                values.Clear();
                values[Fine] = batch.TokenIds[batch.LogitTokens[row]] == NotANumber ? float.NaN : 1;
            }
        }
    }
}
