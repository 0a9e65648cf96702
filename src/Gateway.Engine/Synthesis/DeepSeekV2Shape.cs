using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Synthesis;

/// <summary>A DeepSeek-V2 with the published head dimensions and YaRN scaling; its first layer is dense.</summary>
internal sealed record DeepSeekV2Shape : SyntheticShape
{
    public const int LatentRank = 512;
    public const int NopeDimension = 128;
    public const int RopeDimension = 64;
    public const int ValueDimension = 128;

    private const float ScalingFactor = 40;
    private const int OriginalPositions = 4096;
    private const double Magnitude = 0.707;

    /// <summary>Inner width of an expert.</summary>
    public required int ExpertInnerSize { get; init; }

    /// <summary>Routed experts.</summary>
    public required int Experts { get; init; }

    /// <summary>Routed experts that a token takes.</summary>
    public required int ExpertsPerToken { get; init; }

    /// <summary>Experts that every token takes.</summary>
    public required int SharedExperts { get; init; }

    public override string Architecture => GgufArchitecture.DeepSeek2;

    public override string SplittingName => "deepseek-llm";

    public override string ConfigJson => $$"""
        {
          "architectures": ["DeepseekV2ForCausalLM"],
          "model_type": "deepseek_v2",
          "attention_bias": false,
          "bos_token_id": {{BosId}},
          "eos_token_id": {{EosId}},
          "first_k_dense_replace": 1,
          "hidden_act": "silu",
          "hidden_size": {{HiddenSize}},
          "intermediate_size": {{InnerSize}},
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

    public override void Describe(GgufWriter file)
    {
        base.Describe(file);

        // The plain lengths describe the cache: one head of latent and rotated key; those of the heads end in _mla.
        file.Add(Key("attention.head_count_kv"), 1u);
        file.Add(Key("attention.kv_lora_rank"), (uint)LatentRank);
        file.Add(Key("attention.key_length"), (uint)(LatentRank + RopeDimension));
        file.Add(Key("attention.value_length"), (uint)LatentRank);
        file.Add(Key("attention.key_length_mla"), (uint)(NopeDimension + RopeDimension));
        file.Add(Key("attention.value_length_mla"), (uint)ValueDimension);
        file.Add(Key("rope.dimension_count"), (uint)RopeDimension);
        file.Add(Key("rope.freq_base"), 10_000f);
        file.Add(Key("rope.scaling.type"), "yarn");
        file.Add(Key("rope.scaling.factor"), ScalingFactor);
        file.Add(Key("rope.scaling.original_context_length"), (uint)OriginalPositions);
        file.Add(Key("rope.scaling.yarn_beta_fast"), 32f);
        file.Add(Key("rope.scaling.yarn_beta_slow"), 1f);
        file.Add(Key("rope.scaling.yarn_log_multiplier"), (float)(0.1 * Magnitude));
        file.Add(Key("leading_dense_block_count"), 1u);
        file.Add(Key("expert_count"), (uint)Experts);
        file.Add(Key("expert_used_count"), (uint)ExpertsPerToken);
        file.Add(Key("expert_shared_count"), (uint)SharedExperts);
        file.Add(Key("expert_group_count"), 1u);
        file.Add(Key("expert_group_used_count"), 1u);
        file.Add(Key("expert_gating_func"), 1u);
        file.Add(Key("expert_feed_forward_length"), (uint)ExpertInnerSize);
        file.Add(Key("expert_weights_scale"), 1f);
        file.Add(Key("expert_weights_norm"), false);
    }

    protected override IEnumerable<(string Name, long[] Shape)> Layer(string prefix, int layer)
    {
        yield return (prefix + "input_layernorm.weight", [HiddenSize]);
        yield return (prefix + "self_attn.q_proj.weight", [Heads * (NopeDimension + RopeDimension), HiddenSize]);
        yield return (prefix + "self_attn.kv_a_proj_with_mqa.weight", [LatentRank + RopeDimension, HiddenSize]);
        yield return (prefix + "self_attn.kv_a_layernorm.weight", [LatentRank]);
        yield return (prefix + "self_attn.kv_b_proj.weight", [Heads * (NopeDimension + ValueDimension), LatentRank]);
        yield return (prefix + "self_attn.o_proj.weight", [HiddenSize, Heads * ValueDimension]);
        yield return (prefix + "post_attention_layernorm.weight", [HiddenSize]);
        if (layer == 0)
        {
            foreach (var tensor in Mlp(prefix + "mlp.", InnerSize))
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
}
