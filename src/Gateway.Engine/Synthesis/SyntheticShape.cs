namespace Gateway.Engine.Synthesis;

/// <summary>The measures of a model of the DeepSeek-V2 architecture without trained weights, for benchmarks.</summary>
/// <param name="Name">As users call it.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="Layers">Layers; the first is dense.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="DenseInnerSize">Inner width of the dense layer.</param>
/// <param name="ExpertInnerSize">Inner width of an expert.</param>
/// <param name="Experts">Routed experts.</param>
/// <param name="ExpertsPerToken">Routed experts that a token takes.</param>
/// <param name="SharedExperts">Experts that every token takes.</param>
/// <param name="Vocabulary">Token ids.</param>
/// <param name="MaxPositions">Longest context.</param>
internal sealed record SyntheticShape(
    string Name, int HiddenSize, int Layers, int Heads, int DenseInnerSize, int ExpertInnerSize, int Experts, int ExpertsPerToken, int SharedExperts,
    int Vocabulary, int MaxPositions)
{
    public const int LatentRank = 512;
    public const int NopeDimension = 128;
    public const int RopeDimension = 64;
    public const int ValueDimension = 128;

    /// <summary>DeepSeek-V2-Lite: 15.7 billion parameters, 2.4 billion of them active (its published config.json).</summary>
    public static SyntheticShape V2Lite { get; } = new("v2-lite", 2048, 27, 16, 10944, 1408, 64, 6, 2, 102400, 163840);

    /// <summary>config.json of such a model, with the published YaRN scaling.</summary>
    public string ConfigJson => $$"""
        {
          "architectures": ["DeepseekV2ForCausalLM"],
          "model_type": "deepseek_v2",
          "attention_bias": false,
          "bos_token_id": 100000,
          "eos_token_id": 100001,
          "first_k_dense_replace": 1,
          "hidden_act": "silu",
          "hidden_size": {{HiddenSize}},
          "intermediate_size": {{DenseInnerSize}},
          "kv_lora_rank": {{LatentRank}},
          "max_position_embeddings": {{MaxPositions}},
          "moe_intermediate_size": {{ExpertInnerSize}},
          "moe_layer_freq": 1,
          "n_group": 1,
          "n_routed_experts": {{Experts}},
          "n_shared_experts": {{SharedExperts}},
          "norm_topk_prob": false,
          "num_attention_heads": {{Heads}},
          "num_experts_per_tok": {{ExpertsPerToken}},
          "num_hidden_layers": {{Layers}},
          "num_key_value_heads": {{Heads}},
          "q_lora_rank": null,
          "qk_nope_head_dim": {{NopeDimension}},
          "qk_rope_head_dim": {{RopeDimension}},
          "rms_norm_eps": 1e-06,
          "rope_scaling": {
            "beta_fast": 32, "beta_slow": 1, "factor": 40, "mscale": 0.707, "mscale_all_dim": 0.707,
            "original_max_position_embeddings": 4096, "type": "yarn"
          },
          "rope_theta": 10000,
          "routed_scaling_factor": 1.0,
          "scoring_func": "softmax",
          "tie_word_embeddings": false,
          "topk_group": 1,
          "topk_method": "greedy",
          "torch_dtype": "bfloat16",
          "v_head_dim": {{ValueDimension}},
          "vocab_size": {{Vocabulary}}
        }
        """;

    /// <summary>Every tensor, in the order of layers, by its name in Hugging Face checkpoints.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, HiddenSize]);
        for (var layer = 0; layer < Layers; layer++)
        {
            foreach (var tensor in Layer($"model.layers.{layer}.", isDense: layer == 0))
            {
                yield return tensor;
            }
        }

        yield return ("model.norm.weight", [HiddenSize]);
        yield return ("lm_head.weight", [Vocabulary, HiddenSize]);
    }

    private IEnumerable<(string Name, long[] Shape)> Layer(string prefix, bool isDense)
    {
        yield return (prefix + "input_layernorm.weight", [HiddenSize]);
        yield return (prefix + "self_attn.q_proj.weight", [Heads * (NopeDimension + RopeDimension), HiddenSize]);
        yield return (prefix + "self_attn.kv_a_proj_with_mqa.weight", [LatentRank + RopeDimension, HiddenSize]);
        yield return (prefix + "self_attn.kv_a_layernorm.weight", [LatentRank]);
        yield return (prefix + "self_attn.kv_b_proj.weight", [Heads * (NopeDimension + ValueDimension), LatentRank]);
        yield return (prefix + "self_attn.o_proj.weight", [HiddenSize, Heads * ValueDimension]);
        yield return (prefix + "post_attention_layernorm.weight", [HiddenSize]);
        if (isDense)
        {
            foreach (var tensor in Mlp(prefix + "mlp.", DenseInnerSize))
            {
                yield return tensor;
            }

            yield break;
        }

        yield return (prefix + "mlp.gate.weight", [Experts, HiddenSize]);
        for (var expert = 0; expert < Experts; expert++)
        {
            foreach (var tensor in Mlp($"{prefix}mlp.experts.{expert}.", ExpertInnerSize))
            {
                yield return tensor;
            }
        }

        foreach (var tensor in Mlp(prefix + "mlp.shared_experts.", SharedExperts * ExpertInnerSize))
        {
            yield return tensor;
        }
    }

    private IEnumerable<(string Name, long[] Shape)> Mlp(string prefix, int inner)
    {
        yield return (prefix + "gate_proj.weight", [inner, HiddenSize]);
        yield return (prefix + "up_proj.weight", [inner, HiddenSize]);
        yield return (prefix + "down_proj.weight", [HiddenSize, inner]);
    }
}
