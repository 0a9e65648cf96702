using Gateway.Engine.KvCache;

namespace Gateway.Engine.Models;

/// <summary>Weights and the arithmetic over them. Knows batches and cache slots, but no requests.</summary>
internal interface ILanguageModel
{
    /// <summary><c>model_type</c> of config.json.</summary>
    string Family { get; }

    int VocabularySize { get; }

    /// <summary>Positions that the model was made for.</summary>
    int MaxPositions { get; }

    long ParameterCount { get; }

    /// <summary>Layers that cache something.</summary>
    int CacheLayers { get; }

    /// <summary>Floats per token and layer in the cache.</summary>
    int CacheWidth { get; }

    /// <summary>
    /// Runs a batch: writes its tokens' cache entries, and the logits of <see cref="StepBatch.LogitTokens"/>, one row of
    /// <see cref="VocabularySize"/> each, to <paramref name="logits"/>.
    /// </summary>
    void Forward(StepBatch batch, PagedCache cache, Memory<float> logits, IForwardObserver? observer = null);
}
