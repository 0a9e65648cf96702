using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Models;

/// <summary>
/// The config.json that the metadata of a GGUF file stands for (llama.cpp's convert_hf_to_gguf.py, read backwards). It goes through the
/// same checks as a real one.
/// </summary>
internal static class GgufModelConfig
{
    private const int SigmoidGating = 2;

    /// <exception cref="WeightsFormatException">The architecture is not supported, or a key is missing or of the wrong type.</exception>
    public static JsonElement Read(GgufSplits files)
    {
        var metadata = files.Metadata;
        var architecture = metadata.Text(GgufArchitecture.Key);
        var keys = new GgufKeys(metadata, architecture);
        var config = architecture switch
        {
            GgufArchitecture.DeepSeek2 => DeepSeek(keys, HasTensor("blk.", "exp_probs_b.bias")),
            GgufArchitecture.Llama => Dense(keys, "llama"),
            GgufArchitecture.Qwen2 => Dense(keys, "qwen2"),
            GgufArchitecture.Qwen3 => Dense(keys, "qwen3"),
            _ => throw metadata.Error(
                GgufArchitecture.Key,
                $"is '{architecture}', which is not supported; supported are {GgufArchitecture.DeepSeek2}, {GgufArchitecture.Llama}, "
                + $"{GgufArchitecture.Qwen2} and {GgufArchitecture.Qwen3}."),
        };
        config["tie_word_embeddings"] = !HasTensor(GgufNames.Head, "");
        return JsonSerializer.SerializeToElement(config);

        bool HasTensor(string start, string end) => files.Files.Any(file => file.Tensors.Keys.Any(
            name => name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(end, StringComparison.Ordinal)));
    }

    private static JsonObject Common(GgufKeys keys, string modelType)
    {
        // Layers that predict further tokens are counted among the blocks.
        var further = keys.FindInteger("nextn_predict_layers") ?? 0;
        var config = new JsonObject
        {
            ["model_type"] = modelType,
            ["vocab_size"] = keys.FindInteger("vocab_size") ?? keys.Metadata.Texts(GgufVocabulary.Tokens).Length,
            ["hidden_size"] = keys.Integer("embedding_length"),
            ["intermediate_size"] = keys.Integer("feed_forward_length"),
            ["num_hidden_layers"] = keys.Integer("block_count") - further,
            ["num_attention_heads"] = keys.Integer("attention.head_count"),
            ["max_position_embeddings"] = keys.Integer("context_length"),
            ["rms_norm_eps"] = keys.Number("attention.layer_norm_rms_epsilon"),
            ["rope_theta"] = keys.FindNumber("rope.freq_base") ?? 10_000,
            ["rope_scaling"] = RopeScaling(keys),
        };
        if (further > 0)
        {
            config["num_nextn_predict_layers"] = further;
        }

        return config;
    }

    private static JsonObject Dense(GgufKeys keys, string modelType)
    {
        var config = Common(keys, modelType);
        config["num_key_value_heads"] = keys.FindInteger("attention.head_count_kv") ?? keys.Integer("attention.head_count");
        if (keys.FindInteger("attention.key_length") is { } headDimension)
        {
            config["head_dim"] = headDimension;
            if (keys.FindInteger("attention.value_length") is { } valueLength && valueLength != headDimension)
            {
                throw keys.Error("attention.value_length", $"is {valueLength}; it must equal the key_length, {headDimension}.");
            }
        }

        return config;
    }

    private static JsonObject DeepSeek(GgufKeys keys, bool hasCorrectionBias)
    {
        var isSigmoid = keys.FindInteger("expert_gating_func") is { } gating ? gating == SigmoidGating : hasCorrectionBias;
        var config = Common(keys, isSigmoid ? "deepseek_v3" : "deepseek_v2");
        var ropeDimension = keys.Integer("rope.dimension_count");

        // Newer files describe the cache under the plain keys and the heads under those that end in _mla.
        var headDimension = keys.FindInteger("attention.key_length_mla") ?? keys.Integer("attention.key_length");
        config["q_lora_rank"] = keys.FindInteger("attention.q_lora_rank");
        config["kv_lora_rank"] = keys.Integer("attention.kv_lora_rank");
        config["qk_rope_head_dim"] = ropeDimension;
        config["qk_nope_head_dim"] = headDimension - ropeDimension;
        config["v_head_dim"] = keys.FindInteger("attention.value_length_mla") ?? keys.Integer("attention.value_length");
        if (keys.FindInteger("expert_count") is { } experts and > 0)
        {
            var groups = keys.FindInteger("expert_group_count") ?? 1;
            config["first_k_dense_replace"] = keys.FindInteger("leading_dense_block_count") ?? 0;
            config["n_routed_experts"] = experts;
            config["num_experts_per_tok"] = keys.Integer("expert_used_count");
            config["moe_intermediate_size"] = keys.Integer("expert_feed_forward_length");
            config["n_shared_experts"] = keys.FindInteger("expert_shared_count") ?? 0;
            config["n_group"] = groups;
            config["topk_group"] = keys.FindInteger("expert_group_used_count") ?? 1;
            config["routed_scaling_factor"] = keys.FindNumber("expert_weights_scale") ?? 1;
            config["norm_topk_prob"] = keys.FindFlag("expert_weights_norm") ?? false;
            config["scoring_func"] = isSigmoid ? "sigmoid" : "softmax";
            config["topk_method"] = isSigmoid ? "noaux_tc" : groups > 1 ? "group_limited_greedy" : "greedy";
        }

        if (config["rope_scaling"] is JsonObject scaling)
        {
            // The file has a tenth of mscale_all_dim, and nothing of mscale; in all published checkpoints the two are equal.
            var magnitude = Math.Round((keys.FindNumber("rope.scaling.yarn_log_multiplier") ?? 0) * 10, 6);
            (scaling["mscale"], scaling["mscale_all_dim"]) = (magnitude, magnitude);
        }

        return config;
    }

    private static JsonObject? RopeScaling(GgufKeys keys)
    {
        var type = keys.FindText("rope.scaling.type");
        if (type is null && keys.FindNumber("rope.scale_linear") is { } linear)
        {
            // Files from before the other keys existed.
            return new JsonObject { ["type"] = "linear", ["factor"] = linear };
        }

        if (type is null or "none")
        {
            return null;
        }

        var scaling = new JsonObject { ["type"] = type, ["factor"] = keys.Number("rope.scaling.factor") };
        Copy("rope.scaling.yarn_beta_fast", "beta_fast");
        Copy("rope.scaling.yarn_beta_slow", "beta_slow");

        // Both multiply what follows from the factor, as they do in ggml's own rotation.
        Copy("rope.scaling.attn_factor", "attn_factor");
        Copy("rope.scaling.yarn_attn_factor", "attn_factor");
        if (keys.FindNumber("rope.scaling.yarn_ext_factor") is { } mix and not 1)
        {
            throw keys.Error("rope.scaling.yarn_ext_factor", $"is {mix}; only 1 is supported.");
        }

        if (type == "yarn")
        {
            scaling["original_max_position_embeddings"] = keys.Integer("rope.scaling.original_context_length");
        }

        return scaling;

        void Copy(string key, string name)
        {
            if (keys.FindNumber(key) is { } number)
            {
                scaling[name] = number;
            }
        }
    }
}
