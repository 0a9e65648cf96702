using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Tests;

/// <summary>A model that always says <see cref="Answer"/>, and on the way does what a test wants.</summary>
/// <param name="forward">Called for each pass; returns the logit of <see cref="Answer"/> per row, the others being 0.</param>
internal sealed class FakeModel(Func<StepBatch, float[]> forward) : ILanguageModel
{
    public const int Answer = 3;

    public string Family => "test";

    public int VocabularySize => 4;

    public int MaxPositions => 64;

    public long ParameterCount => 0;

    public int CacheLayers => 1;

    public int CacheWidth => 1;

    public static InferenceEngine Engine(FakeModel model, EngineOptions? options = null) => new(
        options ?? new EngineOptions { ModelPath = "none", KvCacheTokens = 64 },
        model,
        new ModelDescription
        {
            Name = "fake",
            Family = model.Family,
            VocabularySize = model.VocabularySize,
            ContextLength = model.MaxPositions,
            ParameterCount = model.ParameterCount,
            CacheBytesPerToken = 4,
            EosTokenIds = [],
            BosTokenId = null,
        });

    public void Forward(StepBatch batch, PagedCache cache, Memory<float> logits, IForwardObserver? observer = null)
    {
        var answers = forward(batch);
        logits.Span[..(answers.Length * VocabularySize)].Clear();
        for (var row = 0; row < answers.Length; row++)
        {
            logits.Span[(row * VocabularySize) + Answer] = answers[row];
        }
    }
}
