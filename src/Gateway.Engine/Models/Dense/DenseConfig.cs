using Gateway.Engine.Backends;

namespace Gateway.Engine.Models.Dense;

/// <summary>
/// config.json of a decoder with grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245) and one MLP per layer, checked. The
/// families differ in which biases and norms they have.
/// </summary>
internal sealed record DenseConfig
{
    /// <summary><c>model_type</c>.</summary>
    public required string Family { get; init; }

    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    /// <summary>Inner width of the MLP.</summary>
    public required int InnerSize { get; init; }

    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values; as many query heads share one as <see cref="Heads"/> is a multiple of it.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Channels of a head, all of which turn; even.</summary>
    public required int HeadDimension { get; init; }

    public required int MaxPositions { get; init; }

    public required float NormEpsilon { get; init; }

    public required double RopeTheta { get; init; }

    public required RopeScaling? Scaling { get; init; }

    public required bool TiedEmbeddings { get; init; }

    /// <summary>Whether the projections to queries, keys and values have a bias.</summary>
    public bool HasQueryKeyValueBias { get; init; }

    /// <summary>Whether the projection behind the attention has a bias.</summary>
    public bool HasOutputBias { get; init; }

    public bool HasMlpBias { get; init; }

    /// <summary>Whether each query and key head is normed before it is turned.</summary>
    public bool HasHeadNorms { get; init; }

    /// <summary>Floats per token and layer in the cache: the keys of all heads, then the values.</summary>
    public int CacheWidth => 2 * KeyValueHeads * HeadDimension;

    /// <summary>What scores are multiplied by.</summary>
    public float SoftmaxScale => (float)Math.Pow(HeadDimension, -0.5);

    public GroupedAttentionShape Attention(int layer, RotaryEmbedding rotary) =>
        new(layer, Heads, KeyValueHeads, HeadDimension, SoftmaxScale, rotary);

    /// <summary>Reads the keys that all families share; what is wrong goes to the reader's errors.</summary>
    /// <param name="reader">The whole of config.json.</param>
    /// <param name="family">The model type.</param>
    public static DenseConfig Read(ConfigReader reader, string family)
    {
        reader.Choice("hidden_act", "silu", "silu");
        CommonConfig.Check(reader);
        var heads = reader.Integer("num_attention_heads", 1, 1024);
        var hidden = reader.Integer("hidden_size", 1, CommonConfig.MaxWidth);
        var config = new DenseConfig
        {
            Family = family,
            VocabularySize = reader.Integer("vocab_size", 1, CommonConfig.MaxVocabulary),
            HiddenSize = hidden,
            InnerSize = reader.Integer("intermediate_size", 1, CommonConfig.MaxWidth),
            Layers = reader.Integer("num_hidden_layers", 1, CommonConfig.MaxLayers),
            Heads = heads,
            KeyValueHeads = reader.Integer("num_key_value_heads", 1, 1024, heads),
            HeadDimension = reader.Integer("head_dim", 2, 1024, Math.Max(2, hidden / heads)),
            MaxPositions = reader.Integer("max_position_embeddings", 2, CommonConfig.MaxContext),
            NormEpsilon = (float)reader.Number("rms_norm_eps", 1e-12, 1, 1e-6),
            RopeTheta = reader.Number("rope_theta", 1.001, 1e12, 10_000),
            Scaling = RopeScalingReader.Read(reader.Child("rope_scaling")),
            TiedEmbeddings = reader.Flag("tie_word_embeddings", false),
        };
        if (heads % config.KeyValueHeads != 0)
        {
            reader.Error("num_key_value_heads", $"({config.KeyValueHeads}) does not divide num_attention_heads ({heads}).");
        }

        if (!reader.IsPresent("head_dim") && hidden % heads != 0)
        {
            reader.Error("num_attention_heads", $"({heads}) does not divide hidden_size ({hidden}), and there is no head_dim.");
        }

        if (config.HeadDimension % 2 != 0)
        {
            reader.Error("head_dim", $"is {config.HeadDimension}; it must be even, channels turn in pairs.");
        }

        return config;
    }
}
