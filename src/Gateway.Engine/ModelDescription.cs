namespace Gateway.Engine;

/// <summary>What the loaded checkpoint is, as the layers above need to know it.</summary>
public sealed record ModelDescription
{
    /// <summary>The name of the checkpoint's folder.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture: <c>model_type</c> of config.json, e.g. <c>deepseek_v2</c>.</summary>
    public required string Family { get; init; }

    /// <summary>Where it computes, for people, e.g. <c>CPU, 2 threads</c> or <c>NVIDIA H200, bfloat16</c>.</summary>
    public string Device { get; init; } = "";

    /// <summary>The kind of device that it computes on.</summary>
    public ComputeDevice DeviceKind { get; init; } = ComputeDevice.Cpu;

    /// <summary>Why no GPU is used; null when one is, or none was asked for.</summary>
    public string? DeviceNote { get; init; }

    /// <summary>Number of token ids the model knows; ids run from 0 to this minus 1. The tokenizer may use fewer.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>
    /// Most tokens of prompt and answer together: the least of the model's <c>max_position_embeddings</c>,
    /// <see cref="EngineOptions.MaxContextTokens"/> and the size of the KV cache.
    /// </summary>
    public required int ContextLength { get; init; }

    /// <summary>Numbers in an embedding: the model's hidden size.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Number of weights, shared embeddings counted once.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>The form that most bytes of the weights have in memory, as weight files name it, e.g. <c>BF16</c> or <c>Q8_0</c>.</summary>
    public string WeightForm { get; init; } = "";

    /// <summary>The names of the adapters that requests may be under, in ordinal order; none by default.</summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    /// <summary>Memory that one token takes in the KV cache, over all layers, in bytes.</summary>
    public required int CacheBytesPerToken { get; init; }

    /// <summary>Tokens that the KV cache has room for, of all running requests together.</summary>
    public int CacheTokens { get; init; }

    /// <summary>Most requests that generate at the same time.</summary>
    public int MaxRunningSequences { get; init; }

    /// <summary>The ids that end an answer: those of generation_config.json and config.json together. May be empty.</summary>
    public required IReadOnlyList<int> EosTokenIds { get; init; }

    /// <summary>The id that opens a text, when the checkpoint names one.</summary>
    public required int? BosTokenId { get; init; }

    /// <summary>What steps know an adapter by: 0 for the bare model, 1 and on in the order of <see cref="Adapters"/>; null for one that there is not.</summary>
    internal int? NumberOf(string? adapter)
    {
        if (adapter is null)
        {
            return 0;
        }

        for (var i = 0; i < Adapters.Count; i++)
        {
            if (Adapters[i] == adapter)
            {
                return i + 1;
            }
        }

        return null;
    }
}
