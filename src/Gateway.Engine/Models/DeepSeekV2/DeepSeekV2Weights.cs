using Gateway.Engine.Weights;

namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>All weights of a checkpoint, by the names that Hugging Face checkpoints use.</summary>
internal sealed record DeepSeekV2Weights(WeightSource Embedding, LayerWeights[] Layers, float[] FinalNorm, WeightSource Head)
{
    public static DeepSeekV2Weights Load(DeepSeekV2Config config, WeightLedger ledger)
    {
        var embedding = ledger.Matrix("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        var layers = new LayerWeights[config.Layers];
        for (var layer = 0; layer < layers.Length; layer++)
        {
            layers[layer] = LayerWeights.Load(config, ledger, layer);
        }

        if (config.TiedEmbeddings)
        {
            // Some files repeat the tied matrix.
            ledger.Skip("lm_head.weight");
        }

        return new DeepSeekV2Weights(
            embedding,
            layers,
            ledger.Vector("model.norm.weight", config.HiddenSize),
            config.TiedEmbeddings ? embedding : ledger.Matrix("lm_head.weight", config.VocabularySize, config.HiddenSize));
    }
}

/// <summary>One decoder layer. Either <paramref name="Dense"/> or <paramref name="Mixture"/> is set.</summary>
internal sealed record LayerWeights(
    float[] InputNorm, AttentionWeights Attention, float[] PostAttentionNorm, GatedMlp? Dense, MixtureWeights? Mixture)
{
    public static LayerWeights Load(DeepSeekV2Config config, WeightLedger ledger, int layer)
    {
        var name = $"model.layers.{layer}.";
        var mixture = config.IsMixtureLayer(layer);
        return new LayerWeights(
            ledger.Vector(name + "input_layernorm.weight", config.HiddenSize),
            AttentionWeights.Load(config, ledger, name + "self_attn."),
            ledger.Vector(name + "post_attention_layernorm.weight", config.HiddenSize),
            mixture ? null : GatedMlp.Load(ledger, name + "mlp", config.HiddenSize, config.DenseInnerSize, config.MlpBias),
            mixture ? MixtureWeights.Load(ledger, name + "mlp", config.HiddenSize, config.Mixture!, config.MlpBias) : null);
    }
}

/// <summary>
/// Multi-head latent attention. Queries come from <paramref name="Query"/> alone, or through the low rank of
/// <paramref name="QueryDown"/> and <paramref name="QueryDownNorm"/> first.
/// </summary>
/// <param name="QueryDown">q_a_proj, or null.</param>
/// <param name="QueryDownNorm">q_a_layernorm, or null.</param>
/// <param name="Query">q_proj or q_b_proj: per head the channels without position, then those to be rotated.</param>
/// <param name="LatentDown">kv_a_proj_with_mqa: the latent, then the key that all heads share.</param>
/// <param name="LatentNorm">kv_a_layernorm, over the latent only.</param>
/// <param name="LatentUp">kv_b_proj, in one piece or two.</param>
/// <param name="Output">o_proj.</param>
internal sealed record AttentionWeights(
    Linear? QueryDown, float[]? QueryDownNorm, Linear Query, Linear LatentDown, float[] LatentNorm, LatentExpansion LatentUp, Linear Output)
{
    public static AttentionWeights Load(DeepSeekV2Config config, WeightLedger ledger, string name)
    {
        var queries = config.Heads * config.HeadDimension;
        return new AttentionWeights(
            config.QueryRank is { } rank ? Linear.Load(ledger, name + "q_a_proj", rank, config.HiddenSize, config.AttentionBias) : null,
            config.QueryRank is { } length ? ledger.Vector(name + "q_a_layernorm.weight", length) : null,
            config.QueryRank is { } inputs
                ? Linear.Load(ledger, name + "q_b_proj", queries, inputs)
                : Linear.Load(ledger, name + "q_proj", queries, config.HiddenSize),
            Linear.Load(ledger, name + "kv_a_proj_with_mqa", config.CacheWidth, config.HiddenSize, config.AttentionBias),
            ledger.Vector(name + "kv_a_layernorm.weight", config.LatentRank),
            LatentExpansion.Load(ledger, name, config.Heads, config.NopeDimension, config.ValueDimension, config.LatentRank),
            Linear.Load(ledger, name + "o_proj", config.HiddenSize, config.Heads * config.ValueDimension, config.AttentionBias));
    }
}
