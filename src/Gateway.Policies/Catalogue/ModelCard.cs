namespace Gateway.Policies;

/// <summary>One model as one provider serves it: what it can do and what it costs.</summary>
public sealed record ModelCard
{
    public ModelCard(string provider, string name)
    {
        Provider = provider;
        Name = name;
        QualifiedName = $"{provider}/{name}";
    }

    /// <summary>The name of the provider that serves it.</summary>
    public string Provider { get; }

    /// <summary>The key in the file; visible ASCII, may contain slashes (<c>meta-llama/Llama-3.3-70B-Instruct</c>).</summary>
    public string Name { get; }

    /// <summary><c>provider/model</c>, unique in a snapshot. The provider is what stands before the first slash.</summary>
    public string QualifiedName { get; }

    /// <summary>The name sent to the provider; <see cref="Name"/> unless the file says otherwise.</summary>
    public required string UpstreamModel { get; init; }

    /// <summary>Tokens that prompt and answer may have together; at least 1.</summary>
    public required int ContextWindow { get; init; }

    /// <summary>Tokens that an answer may have; from 1 to <see cref="ContextWindow"/>, which is the default.</summary>
    public required int MaxOutputTokens { get; init; }

    public ModelKind Kind { get; init; } = ModelKind.Chat;

    public ModelCapabilities Capabilities { get; init; }

    /// <summary>What a token costs; null when it is not known, which is not the same as free.</summary>
    public ModelPrices? Prices { get; init; }

    /// <summary>How well it answers, before anything has been observed; null when the file is silent, which is not the same as badly.</summary>
    public ModelSkills? Skills { get; init; }

    /// <summary>The first token's delay to expect before any has been observed; null when the file is silent.</summary>
    public TimeSpan? TypicalFirstToken { get; init; }

    /// <summary>Output tokens per second to expect before any have been observed; above 0; null when the file is silent.</summary>
    public double? TypicalTokensPerSecond { get; init; }

    public TokenizerFamily Tokenizer { get; init; } = TokenizerFamily.Generic;

    public PrefillDialect Prefill { get; init; } = PrefillDialect.None;

    /// <summary>How the engine pools its embeddings; null when the file is silent, and then the model's family decides.</summary>
    public PoolingMode? Pooling { get; init; }

    /// <summary>The adapter of <c>Engine:Adapters</c> that the engine in this process answers with; null for its bare model.</summary>
    public string? Adapter { get; init; }

    /// <summary>Whether its vectors can be compared with those of the other: it is the same model, of this or another provider.</summary>
    public bool HasVectorsOf(ModelCard other) =>
        Name == other.Name || (UpstreamModel == other.UpstreamModel && (Provider != other.Provider || Adapter == other.Adapter));
}
