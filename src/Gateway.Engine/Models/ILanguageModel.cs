using Gateway.Engine.KvCache;

namespace Gateway.Engine.Models;

/// <summary>An architecture with its weights, wired on a backend. Knows batches and cache slots, but no requests.</summary>
internal interface ILanguageModel
{
    /// <summary><c>model_type</c> of config.json.</summary>
    string Family { get; }

    int VocabularySize { get; }

    /// <summary>Numbers in a token's state, and so in an embedding.</summary>
    int HiddenSize { get; }

    /// <summary>Positions that the model was made for.</summary>
    int MaxPositions { get; }

    long ParameterCount { get; }

    /// <summary>Layers that cache something.</summary>
    int CacheLayers { get; }

    /// <summary>Values per token and layer in the cache.</summary>
    int CacheWidth { get; }

    /// <summary>Runs a batch: writes its tokens' cache entries, and leaves the logits of <see cref="StepBatch.LogitTokens"/> with the backend.</summary>
    void Forward(StepBatch batch, IKvCache cache, IForwardObserver? observer = null);
}
