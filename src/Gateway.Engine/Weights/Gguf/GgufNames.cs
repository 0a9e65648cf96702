using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Engine.Weights.Gguf;

/// <summary>The names of tensors in GGUF files and in Hugging Face checkpoints (gguf-py's tensor_mapping.py, read backwards).</summary>
internal static partial class GgufNames
{
    public const string Embedding = "token_embd.weight";
    public const string Head = "output.weight";
    public const string RotaryDivisors = "rope_freqs.weight";
    public const string QueryPart = "attn_q";
    public const string KeyPart = "attn_k";
    public const string RouterPart = "ffn_gate_inp";
    public const string KeyExpansionPart = "attn_k_b";
    public const string ValueExpansionPart = "attn_v_b";

    private static readonly Dictionary<string, string> Whole = new(StringComparer.Ordinal)
    {
        [Embedding] = "model.embed_tokens.weight",
        ["output_norm.weight"] = "model.norm.weight",
        [Head] = "lm_head.weight",
    };

    private static readonly Dictionary<string, string> Parts = new(StringComparer.Ordinal)
    {
        ["attn_norm"] = "input_layernorm",
        [QueryPart] = "self_attn.q_proj",
        [KeyPart] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["attn_q_norm"] = "self_attn.q_norm",
        ["attn_k_norm"] = "self_attn.k_norm",
        ["attn_q_a"] = "self_attn.q_a_proj",
        ["attn_q_a_norm"] = "self_attn.q_a_layernorm",
        ["attn_q_b"] = "self_attn.q_b_proj",
        ["attn_kv_a_mqa"] = "self_attn.kv_a_proj_with_mqa",
        ["attn_kv_a_norm"] = "self_attn.kv_a_layernorm",
        ["attn_kv_b"] = "self_attn.kv_b_proj",
        [KeyExpansionPart] = "self_attn.k_b_proj",
        [ValueExpansionPart] = "self_attn.v_b_proj",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
        [RouterPart] = "mlp.gate",
        ["ffn_gate_shexp"] = "mlp.shared_experts.gate_proj",
        ["ffn_up_shexp"] = "mlp.shared_experts.up_proj",
        ["ffn_down_shexp"] = "mlp.shared_experts.down_proj",
    };

    private static readonly Dictionary<string, string> ExpertParts = new(StringComparer.Ordinal)
    {
        ["ffn_gate_exps"] = "gate_proj",
        ["ffn_up_exps"] = "up_proj",
        ["ffn_down_exps"] = "down_proj",
    };

    /// <summary>The name in a Hugging Face checkpoint; a name that is not known stays as it is.</summary>
    public static string Translate(string name)
    {
        if (Whole.TryGetValue(name, out var whole))
        {
            return whole;
        }

        return SplitLayer(name) switch
        {
            (var layer, "exp_probs_b", "bias") => $"model.layers.{layer}.mlp.gate.e_score_correction_bias",
            (var layer, var part, var suffix) when Parts.TryGetValue(part, out var translated) => $"model.layers.{layer}.{translated}.{suffix}",
            _ => name,
        };
    }

    /// <summary>The name in a GGUF file of a tensor of a Hugging Face checkpoint; of one expert's projection, that of all experts' together. Null when it has none.</summary>
    public static string? TranslateBack(string name)
    {
        if (Whole.FirstOrDefault(pair => pair.Value == name).Key is { } whole)
        {
            return whole;
        }

        var match = CheckpointName().Match(name);
        var (layer, part, suffix) = (match.Groups["layer"].Value, match.Groups["part"].Value, match.Groups["suffix"].Value);
        var own = match.Groups["expert"].Success
            ? ExpertParts.FirstOrDefault(pair => pair.Value == part).Key
            : Parts.FirstOrDefault(pair => pair.Value == part).Key;
        return own is null ? null : $"blk.{layer}.{own}.{suffix}";
    }

    /// <summary>Of a tensor that holds a projection of all experts: the name of one expert's; null for any other tensor.</summary>
    public static Func<int, string>? TranslateExpert(string name) =>
        SplitLayer(name) is (var layer, var part, "weight") && ExpertParts.TryGetValue(part, out var projection)
            ? expert => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.mlp.experts.{expert}.{projection}.weight")
            : null;

    /// <summary>Layer, part and suffix of a name such as <c>blk.3.attn_q.weight</c>; null for any other name.</summary>
    public static (string Layer, string Part, string Suffix)? SplitLayer(string name) => LayerName().Match(name) is { Success: true } match
        ? (match.Groups["layer"].Value, match.Groups["part"].Value, match.Groups["suffix"].Value)
        : null;

    [GeneratedRegex(@"^blk\.(?<layer>0|[1-9][0-9]{0,5})\.(?<part>[a-z_]+)\.(?<suffix>weight|bias)$", RegexOptions.CultureInvariant)]
    private static partial Regex LayerName();

    [GeneratedRegex(@"^model\.layers\.(?<layer>[0-9]+)\.(mlp\.experts\.(?<expert>[0-9]+)\.)?(?<part>[a-z_.]+)\.(?<suffix>weight|bias)$", RegexOptions.CultureInvariant)]
    private static partial Regex CheckpointName();
}
