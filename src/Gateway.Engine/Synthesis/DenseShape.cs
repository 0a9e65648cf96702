using System.Globalization;

namespace Gateway.Engine.Synthesis;

/// <summary>A Llama, Qwen2 or Qwen3 with grouped-query attention.</summary>
internal sealed record DenseShape : SyntheticShape
{
    /// <summary><c>model_type</c> of config.json, which is the architecture of a GGUF file too.</summary>
    public required string ModelType { get; init; }

    /// <summary>As <see cref="SyntheticShape.SplittingName"/>.</summary>
    public required string Splitting { get; init; }

    /// <summary>Heads of keys and values; divides <see cref="SyntheticShape.Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Channels of a head; even.</summary>
    public required int HeadDimension { get; init; }

    public required double RopeTheta { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool HasQueryKeyValueBias { get; init; }

    /// <summary>Whether each query and key head is normed.</summary>
    public bool HasHeadNorms { get; init; }

    public override string Architecture => ModelType;

    public override string SplittingName => Splitting;

    public override string ConfigJson => $$"""
        {
          "model_type": "{{ModelType}}",
          "bos_token_id": {{BosId}},
          "eos_token_id": {{EosId}},
          "head_dim": {{HeadDimension}},
          "hidden_act": "silu",
          "hidden_size": {{HiddenSize}},
          "intermediate_size": {{InnerSize}},
          "max_position_embeddings": {{MaxPositions}},
          "num_attention_heads": {{Heads}},
          "num_hidden_layers": {{Layers}},
          "num_key_value_heads": {{KeyValueHeads}},
          "rms_norm_eps": 1e-06,
          "rope_theta": {{RopeTheta.ToString(CultureInfo.InvariantCulture)}},
          "tie_word_embeddings": false,
          "torch_dtype": "bfloat16",
          "vocab_size": {{Vocabulary}}
        }
        """;

    public override void Describe(GgufWriter file)
    {
        base.Describe(file);
        file.Add(Key("attention.head_count_kv"), (uint)KeyValueHeads);
        file.Add(Key("attention.key_length"), (uint)HeadDimension);
        file.Add(Key("attention.value_length"), (uint)HeadDimension);
        file.Add(Key("rope.dimension_count"), (uint)HeadDimension);
        file.Add(Key("rope.freq_base"), (float)RopeTheta);
    }

    protected override IEnumerable<(string Name, long[] Shape)> Layer(string prefix, int layer)
    {
        var (queries, keys) = (Heads * HeadDimension, KeyValueHeads * HeadDimension);
        yield return (prefix + "input_layernorm.weight", [HiddenSize]);
        foreach (var (part, rows) in new[] { ("q_proj", queries), ("k_proj", keys), ("v_proj", keys) })
        {
            yield return ($"{prefix}self_attn.{part}.weight", [rows, HiddenSize]);
            if (HasQueryKeyValueBias)
            {
                yield return ($"{prefix}self_attn.{part}.bias", [rows]);
            }
        }

        if (HasHeadNorms)
        {
            yield return (prefix + "self_attn.q_norm.weight", [HeadDimension]);
            yield return (prefix + "self_attn.k_norm.weight", [HeadDimension]);
        }

        yield return (prefix + "self_attn.o_proj.weight", [HiddenSize, queries]);
        yield return (prefix + "post_attention_layernorm.weight", [HiddenSize]);
        foreach (var tensor in Mlp(prefix + "mlp.", InnerSize))
        {
            yield return tensor;
        }
    }
}
