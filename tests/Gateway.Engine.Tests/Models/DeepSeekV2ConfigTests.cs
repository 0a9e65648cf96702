using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Xunit;

namespace Gateway.Engine.Tests.Models;

public sealed class DeepSeekV2ConfigTests
{
    [Theory]
    [InlineData("hidden_size", "1000000000000")]
    [InlineData("hidden_size", "-1")]
    [InlineData("hidden_size", "128.5")]
    [InlineData("hidden_size", "\"128\"")]
    [InlineData("num_hidden_layers", "0")]
    [InlineData("num_attention_heads", "1e99")]
    [InlineData("num_experts_per_tok", "13")]
    [InlineData("n_routed_experts", "0")]
    [InlineData("n_routed_experts", "[]")]
    [InlineData("moe_layer_freq", "0")]
    [InlineData("qk_rope_head_dim", "15")]
    [InlineData("q_lora_rank", "0")]
    [InlineData("vocab_size", "null")]
    [InlineData("rms_norm_eps", "-1e-6")]
    [InlineData("rope_theta", "1")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("scoring_func", "\"sigmoid\"")]
    [InlineData("topk_method", "\"noaux_tc\"")]
    [InlineData("tie_word_embeddings", "1")]
    [InlineData("rope_scaling", "\"yarn\"")]
    [InlineData("rope_parameters", "{}")]
    [InlineData("max_position_embeddings", "99999999999999999999")]
    public void Read_AbsurdValue_NamesTheKey(string key, string value)
    {
        var exception = Assert.Throws<ModelConfigException>(() => Read(config => config[key] = JsonNode.Parse(value)));
        Assert.Contains(exception.Errors, error => error.StartsWith(key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("type", "\"dynamic\"")]
    [InlineData("factor", "0.5")]
    [InlineData("factor", "null")]
    [InlineData("original_max_position_embeddings", "0")]
    [InlineData("mscale", "\"big\"")]
    [InlineData("attention_factor", "1.5")]
    public void Read_WrongScaling_NamesTheKey(string key, string value)
    {
        var exception = Assert.Throws<ModelConfigException>(() => Read(config => config["rope_scaling"]![key] = JsonNode.Parse(value)));
        Assert.Contains(exception.Errors, error => error.StartsWith("rope_scaling." + key, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ScalingWithoutType_IsRefused()
    {
        var exception = Assert.Throws<ModelConfigException>(() => Read(config => config["rope_scaling"]!.AsObject().Remove("type")));
        Assert.StartsWith("rope_scaling.type", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralErrors_ListsThemAll()
    {
        var exception = Assert.Throws<ModelConfigException>(() => Read(config =>
        {
            config["hidden_size"] = 0;
            config["hidden_act"] = "relu";
            config.Remove("kv_lora_rank");
        }));
        Assert.Equal(
            ["hidden_act is \"relu\"; it must be one of: silu.", "hidden_size is 0; it must be a whole number of 1 to 131072.", "kv_lora_rank is missing."],
            exception.Errors);
    }

    [Fact]
    public void Read_GroupsThatDoNotFit_AreRefused()
    {
        var exception = Assert.Throws<ModelConfigException>(() => Read(config =>
        {
            config["topk_method"] = "group_limited_greedy";
            config["n_group"] = 5;
            config["topk_group"] = 6;
        }));
        Assert.Contains(exception.Errors, error => error.StartsWith("n_group", StringComparison.Ordinal));
        Assert.Contains(exception.Errors, error => error.StartsWith("topk_group", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{\"model_type\": \"deepseek_v2\"")]
    [InlineData("{\"model_type\": [\"deepseek_v2\"]}")]
    [InlineData("{}")]
    public void Load_ConfigIsNoModelConfig_IsRefused(string content)
    {
        using var checkpoint = new CheckpointCopy();
        File.WriteAllText(checkpoint.ConfigPath, content);
        var exception = Assert.Throws<ModelConfigException>(() => LoadedModel.OnCpu(checkpoint.Folder));
        Assert.Equal(checkpoint.ConfigPath, exception.File);
    }

    [Fact]
    public void Load_ConfigNestedWithoutEnd_IsRefused()
    {
        using var checkpoint = new CheckpointCopy();
        File.WriteAllText(checkpoint.ConfigPath, new string('[', 100_000));
        Assert.Throws<ModelConfigException>(() => LoadedModel.OnCpu(checkpoint.Folder));
    }

    [Fact]
    public void Read_RandomlyDamagedConfig_NeverFailsOtherwise()
    {
        using var checkpoint = new CheckpointCopy();
        var original = File.ReadAllBytes(checkpoint.ConfigPath);
        var random = new Random(23);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = (byte[])original.Clone();
            for (var j = random.Next(1, 4); j > 0; j--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(checkpoint.ConfigPath, bytes);
            var exception = Record.Exception(() => DeepSeekV2Config.Read(checkpoint.ConfigPath, ConfigFile.Read(checkpoint.ConfigPath)));
            Assert.True(exception is null or ModelConfigException, $"{exception}");
        }
    }

    [Fact]
    public void Read_TextThatIsNoUnicode_IsRefused()
    {
        using var checkpoint = new CheckpointCopy();
        File.WriteAllText(checkpoint.ConfigPath, """{"rope_scaling": {"\ud800": 1}}""");
        Assert.Throws<ModelConfigException>(() => ConfigFile.Read(checkpoint.ConfigPath));
    }

    [Fact]
    public void GenerationConfig_SeveralEosIds_AreAllTaken()
    {
        using var checkpoint = new CheckpointCopy();
        File.WriteAllText(Path.Combine(checkpoint.Folder, "generation_config.json"), """{"eos_token_id": [7, 1, 9]}""");
        var ids = GenerationConfig.Read(checkpoint.Folder, 512);
        Assert.Equal([7, 1, 9], ids.EosTokenIds);
        Assert.Equal(0, ids.BosTokenId);
    }

    [Fact]
    public void GenerationConfig_IdOutsideTheVocabulary_IsRefused()
    {
        using var checkpoint = new CheckpointCopy();
        checkpoint.EditConfig(config => config["eos_token_id"] = 512);
        var exception = Assert.Throws<ModelConfigException>(() => GenerationConfig.Read(checkpoint.Folder, 512));
        Assert.StartsWith("eos_token_id is 512", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    private static DeepSeekV2Config Read(Action<JsonObject> edit)
    {
        using var checkpoint = new CheckpointCopy();
        checkpoint.EditConfig(edit);
        using var json = JsonDocument.Parse(File.ReadAllBytes(checkpoint.ConfigPath));
        return DeepSeekV2Config.Read(checkpoint.ConfigPath, json.RootElement);
    }
}
