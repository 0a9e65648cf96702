using System.Text.Json;
using Gateway.Engine.Backends;

namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>config.json of a DeepSeek-V2 checkpoint (V2, V2-Lite and what is built like them), checked.</summary>
internal sealed record DeepSeekV2Config
{
    public const string ModelType = "deepseek_v2";

    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    /// <summary>Inner width of the MLP of a layer without experts.</summary>
    public required int DenseInnerSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Rank of the queries' low-rank projection; null: queries come from one full projection.</summary>
    public required int? QueryRank { get; init; }

    /// <summary>Width of the latent that keys and values are expanded from.</summary>
    public required int LatentRank { get; init; }

    /// <summary>Channels of a query or key head that carry no position.</summary>
    public required int NopeDimension { get; init; }

    /// <summary>Channels of a query or key head that are rotated.</summary>
    public required int RopeDimension { get; init; }

    /// <summary>Channels of a value head.</summary>
    public required int ValueDimension { get; init; }

    /// <summary>Layers before this one have no experts.</summary>
    public required int FirstMixtureLayer { get; init; }

    /// <summary>Only layers whose number this divides have experts.</summary>
    public required int MixtureLayerInterval { get; init; }

    public required MixtureConfig? Mixture { get; init; }

    public required int MaxPositions { get; init; }

    public required float NormEpsilon { get; init; }

    public required double RopeTheta { get; init; }

    public required YarnScaling? Yarn { get; init; }

    public required bool TiedEmbeddings { get; init; }

    public required bool AttentionBias { get; init; }

    public required bool MlpBias { get; init; }

    /// <summary>Channels of a query or key head.</summary>
    public int HeadDimension => NopeDimension + RopeDimension;

    /// <summary>Floats per token and layer in the cache: the latent and the one rotated key that all heads share.</summary>
    public int CacheWidth => LatentRank + RopeDimension;

    /// <summary>What scores are multiplied by: 1/√d, and YaRN's magnitude squared.</summary>
    public float SoftmaxScale => (float)(Math.Pow(HeadDimension, -0.5) * (Yarn?.SoftmaxMultiplier ?? 1));

    public LatentAttentionShape Attention(int layer, RotaryEmbedding rotary) => new(
        layer, Heads, LatentRank, NopeDimension, RopeDimension, ValueDimension, NormEpsilon, SoftmaxScale, rotary);

    public bool IsMixtureLayer(int layer) => Mixture is not null && layer >= FirstMixtureLayer && layer % MixtureLayerInterval == 0;

    /// <exception cref="ModelConfigException">Lists every key that is missing or wrong.</exception>
    public static DeepSeekV2Config Read(string file, JsonElement json)
    {
        List<string> errors = [];
        var config = Read(new ConfigReader(json, "", errors), ExpertScoring.Softmax);
        return errors.Count == 0 ? config : throw new ModelConfigException(file, errors);
    }

    /// <summary>Reads the keys that V2 and V3 share; what is wrong goes to the reader's errors.</summary>
    /// <param name="reader">The whole of config.json.</param>
    /// <param name="scoring">How the family's experts are scored.</param>
    public static DeepSeekV2Config Read(ConfigReader reader, ExpertScoring scoring)
    {
        reader.Choice("hidden_act", "silu", "silu");
        CommonConfig.Check(reader);
        var config = new DeepSeekV2Config
        {
            VocabularySize = reader.Integer("vocab_size", 1, CommonConfig.MaxVocabulary),
            HiddenSize = reader.Integer("hidden_size", 1, CommonConfig.MaxWidth),
            DenseInnerSize = reader.Integer("intermediate_size", 1, CommonConfig.MaxWidth),
            Layers = reader.Integer("num_hidden_layers", 1, CommonConfig.MaxLayers),
            Heads = reader.Integer("num_attention_heads", 1, 1024),
            QueryRank = reader.IsPresent("q_lora_rank") ? reader.Integer("q_lora_rank", 1, CommonConfig.MaxWidth) : null,
            LatentRank = reader.Integer("kv_lora_rank", 1, 1 << 14),
            NopeDimension = reader.Integer("qk_nope_head_dim", 1, 1024),
            RopeDimension = reader.Integer("qk_rope_head_dim", 2, 1024),
            ValueDimension = reader.Integer("v_head_dim", 1, 1024),
            FirstMixtureLayer = reader.Integer("first_k_dense_replace", 0, 512, 0),
            MixtureLayerInterval = reader.Integer("moe_layer_freq", 1, 512, 1),
            Mixture = MixtureConfig.Read(reader, scoring),
            MaxPositions = reader.Integer("max_position_embeddings", 2, CommonConfig.MaxContext),
            NormEpsilon = (float)reader.Number("rms_norm_eps", 1e-12, 1, 1e-6),
            RopeTheta = reader.Number("rope_theta", 1.001, 1e12, 10_000),
            Yarn = YarnScaling.Read(reader.Child("rope_scaling")),
            TiedEmbeddings = reader.Flag("tie_word_embeddings", false),
            AttentionBias = reader.Flag("attention_bias", false),
            MlpBias = reader.Flag("mlp_bias", false),
        };
        if (config.RopeDimension % 2 != 0)
        {
            reader.Error("qk_rope_head_dim", $"is {config.RopeDimension}; it must be even, channels turn in pairs.");
        }

        return config;
    }
}
