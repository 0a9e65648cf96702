using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Models.Dense;

/// <summary>All weights of a checkpoint, by the names that Hugging Face checkpoints use.</summary>
/// <param name="RotaryDivisors">What each frequency is divided by, where a GGUF file says so; else null.</param>
internal sealed record DenseWeights(
    WeightSource Embedding, DenseLayerWeights[] Layers, float[] FinalNorm, WeightSource Head, float[]? RotaryDivisors)
{
    public static DenseWeights Load(DenseConfig config, WeightLedger ledger)
    {
        var embedding = ledger.Matrix("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        var layers = new DenseLayerWeights[config.Layers];
        for (var layer = 0; layer < layers.Length; layer++)
        {
            layers[layer] = DenseLayerWeights.Load(config, ledger, $"model.layers.{layer}.");
        }

        if (config.TiedEmbeddings)
        {
            // Some files repeat the tied matrix.
            ledger.Skip("lm_head.weight");
        }

        var divisors = ledger.FindVector(GgufNames.RotaryDivisors, config.HeadDimension / 2);
        if (divisors is not null && !divisors.All(divisor => divisor > 0))
        {
            ledger.Reject(GgufNames.RotaryDivisors, "holds numbers that are not positive; frequencies are divided by them.");
        }

        return new DenseWeights(
            embedding,
            layers,
            ledger.Vector("model.norm.weight", config.HiddenSize),
            config.TiedEmbeddings ? embedding : ledger.Matrix("lm_head.weight", config.VocabularySize, config.HiddenSize),
            divisors);
    }
}

/// <summary>One decoder layer.</summary>
/// <param name="QueryNorm">q_norm over the channels of each head, or null.</param>
/// <param name="KeyNorm">k_norm, likewise.</param>
internal sealed record DenseLayerWeights(
    float[] InputNorm, Linear Query, Linear Key, Linear Value, float[]? QueryNorm, float[]? KeyNorm, Linear Output, float[] PostAttentionNorm, GatedMlp Mlp)
{
    public static DenseLayerWeights Load(DenseConfig config, WeightLedger ledger, string name)
    {
        // A table that older files repeat in every layer; it follows from the configuration.
        ledger.Skip(name + "self_attn.rotary_emb.inv_freq");
        var (queries, keys) = (config.Heads * config.HeadDimension, config.KeyValueHeads * config.HeadDimension);
        return new DenseLayerWeights(
            ledger.Vector(name + "input_layernorm.weight", config.HiddenSize),
            Linear.Load(ledger, name + "self_attn.q_proj", queries, config.HiddenSize, config.HasQueryKeyValueBias),
            Linear.Load(ledger, name + "self_attn.k_proj", keys, config.HiddenSize, config.HasQueryKeyValueBias),
            Linear.Load(ledger, name + "self_attn.v_proj", keys, config.HiddenSize, config.HasQueryKeyValueBias),
            config.HasHeadNorms ? ledger.Vector(name + "self_attn.q_norm.weight", config.HeadDimension) : null,
            config.HasHeadNorms ? ledger.Vector(name + "self_attn.k_norm.weight", config.HeadDimension) : null,
            Linear.Load(ledger, name + "self_attn.o_proj", config.HiddenSize, queries, config.HasOutputBias),
            ledger.Vector(name + "post_attention_layernorm.weight", config.HiddenSize),
            GatedMlp.Load(ledger, name + "mlp", config.HiddenSize, config.InnerSize, config.HasMlpBias));
    }
}
