namespace Gateway.Engine.Inspection;

/// <summary>What a model is and what it takes to run it, told without loading it.</summary>
public sealed record ModelInspection
{
    /// <summary>The name of the folder, or of the file without its ending.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture: <c>model_type</c> of config.json.</summary>
    public required string Family { get; init; }

    public required int Layers { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Positions that the model was made for, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The weights by what they do, in the order of a forward pass.</summary>
    public required IReadOnlyList<WeightPart> Parts { get; init; }

    /// <summary>The adapters beside it, in the order of their names.</summary>
    public required IReadOnlyList<AdapterInspection> Adapters { get; init; }

    /// <summary>Memory that one token takes in the KV cache, in bytes.</summary>
    public required long CacheBytesPerToken { get; init; }

    /// <summary>Number of tokens that the tokenizer knows.</summary>
    public required int TokenizerSize { get; init; }

    /// <summary>Where the chat template comes from.</summary>
    public required ChatTemplateSource ChatTemplate { get; init; }

    /// <summary>Where the model would compute here, and with what, for people.</summary>
    public required string Device { get; init; }

    /// <summary>The kind of device that it would compute on.</summary>
    public required ComputeDevice DeviceKind { get; init; }

    /// <summary>Why it is this device and not a faster one; null when there is nothing to say.</summary>
    public required string? DeviceNote { get; init; }

    /// <summary>Memory that there is, in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Number of weights.</summary>
    public long Parameters => Parts.Sum(part => part.Parameters);

    /// <summary>Number of weights that a token is multiplied with.</summary>
    public long ActiveParameters => (long)Parts.Sum(part => part.Parameters * part.ReadShare);

    /// <summary>What the weights take in memory.</summary>
    public long WeightBytes => Parts.Sum(part => part.Bytes);

    /// <summary>What the adapters take beside them.</summary>
    public long AdapterBytes => Adapters.Sum(adapter => adapter.Bytes);

    /// <summary>Whether weights and adapters take more memory than there is.</summary>
    public bool IsTooLarge => WeightBytes + AdapterBytes > MemoryBytes;

    /// <summary>Bytes of weights that one token reads: memory bandwidth divided by it is the most tokens per second that a single stream can have.</summary>
    public long WeightBytesPerToken => (long)Parts.Sum(part => part.Bytes * part.ReadShare);

    /// <summary>
    /// Tokens of KV cache that memory has room for beside weights and adapters, a tenth of it left for everything else; 0 when not even the weights fit.
    /// </summary>
    public long CacheTokensThatFit => Math.Max(0, (MemoryBytes / 10 * 9) - WeightBytes - AdapterBytes) / CacheBytesPerToken;
}

/// <summary>Where a chat template comes from.</summary>
public enum ChatTemplateSource
{
    /// <summary>There is none: the model can only continue texts.</summary>
    None,

    /// <summary>The model brings one.</summary>
    Model,

    /// <summary>The engine's own for this family, as the model brings none.</summary>
    Engine,
}
