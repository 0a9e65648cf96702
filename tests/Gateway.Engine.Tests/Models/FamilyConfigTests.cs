using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV3;
using Gateway.Engine.Models.Dense;
using Gateway.Engine.Models.Llama;
using Gateway.Engine.Models.Qwen2;
using Gateway.Engine.Models.Qwen3;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>What the configurations of the families beside DeepSeek-V2 refuse, and what they take for granted.</summary>
public sealed class FamilyConfigTests
{
    [Theory]
    [InlineData("hidden_size", "-1")]
    [InlineData("hidden_size", "1000000000000")]
    [InlineData("hidden_size", "130")]
    [InlineData("intermediate_size", "1.5")]
    [InlineData("num_hidden_layers", "100000")]
    [InlineData("num_attention_heads", "0")]
    [InlineData("num_key_value_heads", "3")]
    [InlineData("num_key_value_heads", "16")]
    [InlineData("head_dim", "15")]
    [InlineData("vocab_size", "null")]
    [InlineData("max_position_embeddings", "\"many\"")]
    [InlineData("rms_norm_eps", "0")]
    [InlineData("rope_theta", "0")]
    [InlineData("rope_scaling", "[]")]
    [InlineData("rope_parameters", "{}")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("attention_bias", "\"yes\"")]
    [InlineData("mlp_bias", "1")]
    [InlineData("quantization_config", "{\"quant_method\": \"awq\"}")]
    public void Read_AbsurdValueOfLlama_NamesTheKey(string key, string value) => AssertRefused(key, () => Llama(key, value));

    [Theory]
    [InlineData("{\"rope_type\": \"longrope\"}", "rope_scaling.rope_type")]
    [InlineData("{\"factor\": 2}", "rope_scaling.rope_type")]
    [InlineData("{\"type\": \"linear\"}", "rope_scaling.factor")]
    [InlineData("{\"type\": \"linear\", \"factor\": 0}", "rope_scaling.factor")]
    [InlineData("{\"type\": \"linear\", \"factor\": 2, \"beta_fast\": 1}", "rope_scaling.beta_fast")]
    [InlineData("{\"rope_type\": \"llama3\", \"factor\": 8}", "rope_scaling.low_freq_factor")]
    [InlineData(
        "{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 4, \"original_max_position_embeddings\": 128}",
        "rope_scaling.high_freq_factor")]
    [InlineData("{\"rope_type\": \"yarn\", \"factor\": 4}", "rope_scaling.original_max_position_embeddings")]
    [InlineData("{\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 128, \"truncate\": false}", "rope_scaling.truncate")]
    public void Read_UnusableScaling_NamesTheKey(string scaling, string key) => AssertRefused(key, () => Llama("rope_scaling", scaling));

    [Theory]
    [InlineData("use_sliding_window", "true")]
    [InlineData("use_mrope", "true")]
    public void Read_UnsupportedAttentionOfQwen_NamesTheKey(string key, string value)
    {
        AssertRefused(key, () => Qwen2Config.Read("", Edit("qwen2_distill", key, value)));
        AssertRefused(key, () => Qwen3Config.Read("", Edit("qwen3_distill", key, value)));
    }

    [Theory]
    [InlineData("scoring_func", "\"softmax\"")]
    [InlineData("topk_method", "\"greedy\"")]
    [InlineData("n_group", "4")]
    [InlineData("n_group", "6")]
    [InlineData("topk_group", "4")]
    [InlineData("num_nextn_predict_layers", "-1")]
    [InlineData("kv_lora_rank", "0")]
    [InlineData("quantization_config", "{\"quant_method\": \"fp8\", \"fmt\": \"e5m2\"}")]
    public void Read_AbsurdValueOfDeepSeekV3_NamesTheKey(string key, string value) =>
        AssertRefused(key, () => DeepSeekV3Config.Read("", Edit("deepseek_v3_fp8", key, value)));

    [Fact]
    public void Read_KeysThatMayBeMissing_HaveTheFamilysDefaults()
    {
        var json = Json("llama_distill");
        foreach (var key in new[] { "num_key_value_heads", "head_dim", "rope_theta", "rope_scaling", "tie_word_embeddings" })
        {
            json.Remove(key);
        }

        var config = LlamaConfig.Read("", JsonSerializer.SerializeToElement(json));
        Assert.Equal((8, 16, 10_000.0, null, false), (config.KeyValueHeads, config.HeadDimension, config.RopeTheta, config.Scaling, config.TiedEmbeddings));

        json = Json("qwen3_distill");
        json.Remove("head_dim");
        Assert.Equal(128, Qwen3Config.Read("", JsonSerializer.SerializeToElement(json)).HeadDimension);
    }

    [Fact]
    public void Read_Families_HaveTheirBiasesAndNorms()
    {
        var llama = Llama("attention_bias", "true");
        Assert.Equal((true, true, false), (llama.HasQueryKeyValueBias, llama.HasOutputBias, llama.HasHeadNorms));
        var qwen2 = Qwen2Config.Read("", Edit("qwen2_distill", "vocab_size", "512"));
        Assert.Equal((true, false, false), (qwen2.HasQueryKeyValueBias, qwen2.HasOutputBias, qwen2.HasHeadNorms));
        var qwen3 = Qwen3Config.Read("", Edit("qwen3_distill", "vocab_size", "512"));
        Assert.Equal((false, false, true), (qwen3.HasQueryKeyValueBias, qwen3.HasOutputBias, qwen3.HasHeadNorms));
    }

    [Theory]
    [InlineData("{\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 128}", 1.1386294)]
    [InlineData("{\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 128, \"attn_factor\": 0.8782488562869419}", 1.0)]
    [InlineData("{\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 128, \"attention_factor\": 0.75}", 0.75)]
    [InlineData("{\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 128, \"mscale\": 1, \"mscale_all_dim\": 1}", 1.0)]
    public void Read_MagnitudeOfYarn_MultipliesCosinesAndSines(string scaling, double multiplier) =>
        Assert.Equal(multiplier, Llama("rope_scaling", scaling).Scaling!.RotaryMultiplier, 1e-6);

    [Theory]
    [InlineData("deepseek_v3_fp8")]
    [InlineData("llama_distill")]
    [InlineData("qwen2_distill")]
    [InlineData("qwen3_distill")]
    public void Read_RandomlyDamagedConfig_NeverFailsOtherwise(string model)
    {
        var original = File.ReadAllBytes(Path.Combine(Folder(model), "config.json"));
        var random = new Random(31);
        var path = Path.GetTempFileName();
        for (var i = 0; i < 1000; i++)
        {
            var bytes = (byte[])original.Clone();
            for (var j = random.Next(1, 4); j > 0; j--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, bytes);
            var exception = Record.Exception(() =>
            {
                var json = ConfigFile.Read(path);
                _ = model switch
                {
                    "deepseek_v3_fp8" => (object)DeepSeekV3Config.Read(path, json),
                    "llama_distill" => LlamaConfig.Read(path, json),
                    "qwen2_distill" => Qwen2Config.Read(path, json),
                    _ => Qwen3Config.Read(path, json),
                };
            });
            Assert.True(exception is null or ModelConfigException, $"{exception}");
        }

        File.Delete(path);
    }

    private static DenseConfig Llama(string key, string value) => LlamaConfig.Read("", Edit("llama_distill", key, value));

    private static void AssertRefused(string key, Action read)
    {
        var exception = Assert.Throws<ModelConfigException>(read);
        Assert.Contains(exception.Errors, error => error.Contains(key, StringComparison.Ordinal));
    }

    private static JsonElement Edit(string model, string key, string value)
    {
        var json = Json(model);
        json[key] = JsonNode.Parse(value);
        return JsonSerializer.SerializeToElement(json);
    }

    private static JsonObject Json(string model) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Folder(model), "config.json")))!.AsObject();

    private static string Folder(string model) => Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", model);
}
