using Gateway.Engine.Backends;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>What a configuration asks for: the measures of the model, the tensors that it needs, and how it is put together.</summary>
internal sealed record ModelPlan
{
    /// <summary><c>model_type</c>.</summary>
    public required string Family { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Layers, all of which cache something.</summary>
    public required int Layers { get; init; }

    /// <summary>Values per token and layer in the cache.</summary>
    public required int CacheWidth { get; init; }

    /// <summary>Positions that the model was made for.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Which share of the routed experts a token takes; 1 without any.</summary>
    public required double ExpertShare { get; init; }

    /// <summary>Asks the ledger for every tensor and closes it: matrices are not read.</summary>
    public required Action<WeightLedger> Claim { get; init; }

    /// <summary>Claims the tensors, and makes the model of them on the backend, for a cache of so many tokens.</summary>
    public required Func<WeightLedger, IBackend, long, ILanguageModel> Build { get; init; }
}
