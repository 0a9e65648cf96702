using Gateway.Engine.Execution;
using Gateway.Engine.Models;

namespace Gateway.Engine.Tests;

/// <summary>A model that always says <see cref="Answer"/>, and on the way does what a test wants.</summary>
/// <param name="forward">Called for each pass; returns the logit of <see cref="Answer"/> per row, the others being 0.</param>
internal sealed class FakeModel(Func<StepBatch, float[]> forward) : HostStepRunner(VocabularySize, 32)
{
    public const int Answer = 3;

    private const int VocabularySize = 4;

    /// <summary>The one number of each token's state.</summary>
    public float State { get; init; } = 1;

    public static InferenceEngine Engine(FakeModel model, EngineOptions? options = null, TimeProvider? time = null) => new(
        EngineSizes.Of(options ?? new EngineOptions { ModelPath = "none", KvCacheTokens = 64 }, ComputeDevice.Cpu),
        model,
        new ModelDescription
        {
            Name = "fake",
            Family = "test",
            VocabularySize = VocabularySize,
            ContextLength = 64,
            EmbeddingSize = 1,
            ParameterCount = 0,
            CacheBytesPerToken = 4,
            EosTokenIds = [],
            BosTokenId = null,
        },
        time: time);

    public override void Dispose()
    {
    }

    protected override ReadOnlySpan<float> States(int first, int count) => Enumerable.Repeat(State, count).ToArray();

    protected override void Project(int first, int count, Memory<float> logits) => throw new NotSupportedException();

    protected override void Compute(StepBatch batch, Memory<float> logits)
    {
        var answers = forward(batch);
        logits.Span[..(answers.Length * VocabularySize)].Clear();
        for (var row = 0; row < answers.Length; row++)
        {
            logits.Span[(row * VocabularySize) + Answer] = answers[row];
        }
    }
}
