using System.Text.Json;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Models.DeepSeekV3;
using Gateway.Engine.Models.Qwen3;
using Gateway.Engine.Tests.Weights.Gguf;
using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>What metadata means that no golden file has.</summary>
public sealed class GgufModelConfigTests : IDisposable
{
    private const uint UInt32 = 4;
    private const uint Float32 = 6;
    private const uint String = 8;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Read_YarnWithAttentionFactor_MultipliesTheMagnitude()
    {
        // As the converter writes R1-0528-Qwen3-8B.
        var config = Qwen3Config.Read("", Read(Dense("qwen3")
            .Key("qwen3.rope.scaling.type", String, GgufBuilder.Text("yarn")).Key("qwen3.rope.scaling.factor", Float32, BitConverter.GetBytes(4f))
            .Key("qwen3.rope.scaling.original_context_length", UInt32, BitConverter.GetBytes(32768))
            .Key("qwen3.rope.scaling.yarn_ext_factor", Float32, BitConverter.GetBytes(1f))
            .Key("qwen3.rope.scaling.yarn_attn_factor", Float32, BitConverter.GetBytes(0.8782488562869419f))));
        Assert.Equal(1, config.Scaling!.RotaryMultiplier, 1e-6);
    }

    [Fact]
    public void Read_LinearScalingOfOldFiles_IsUnderstood()
    {
        var config = Qwen3Config.Read("", Read(Dense("qwen3").Key("qwen3.rope.scale_linear", Float32, BitConverter.GetBytes(4f))));
        Assert.Equal(new LinearScaling(4), config.Scaling);
    }

    [Fact]
    public void Read_PartlyExtrapolatedYarn_IsRefusedByName()
    {
        var file = Dense("qwen3").Key("qwen3.rope.scaling.type", String, GgufBuilder.Text("yarn"))
            .Key("qwen3.rope.scaling.factor", Float32, BitConverter.GetBytes(4f)).Key("qwen3.rope.scaling.yarn_ext_factor", Float32, BitConverter.GetBytes(0.5f));
        Assert.Contains("yarn_ext_factor", Assert.Throws<WeightsFormatException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ValueHeadsOfAnotherWidth_AreRefused()
    {
        var file = Dense("llama").Key("llama.attention.key_length", UInt32, 16, 0, 0, 0).Key("llama.attention.value_length", UInt32, 8, 0, 0, 0);
        Assert.Contains("value_length", Assert.Throws<WeightsFormatException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MultiTokenLayers_AreNoLayersOfTheModel()
    {
        var json = Read(DeepSeek().Key("deepseek2.nextn_predict_layers", UInt32, 1, 0, 0, 0).Key("deepseek2.expert_gating_func", UInt32, 2, 0, 0, 0));
        Assert.Equal(DeepSeekV3Config.ModelType, json.GetProperty("model_type").GetString());
        Assert.Equal(3, json.GetProperty("num_hidden_layers").GetInt32());
        Assert.Equal(1, json.GetProperty("num_nextn_predict_layers").GetInt32());
    }

    [Fact]
    public void Read_OldFileWithoutGating_IsV2UnlessItHasARoutersBias()
    {
        Assert.Equal(DeepSeekV2Config.ModelType, Read(DeepSeek()).GetProperty("model_type").GetString());
        var biased = DeepSeek().Tensor("blk.3.exp_probs_b.bias", 0, 0, 8);
        biased.Data = new byte[32];
        Assert.Equal(DeepSeekV3Config.ModelType, Read(biased).GetProperty("model_type").GetString());
    }

    [Fact]
    public void Read_NoScaling_LeavesDeepSeeksSoftmaxAlone()
    {
        var config = DeepSeekV2Config.Read("", Read(DeepSeek()));
        Assert.Null(config.Yarn);
        Assert.Equal((32, 16, 24), (config.NopeDimension, config.RopeDimension, config.ValueDimension));
    }

    private JsonElement Read(GgufBuilder file)
    {
        File.WriteAllBytes(_path, file.Build());
        using var files = GgufSplits.Open(_path);
        return GgufModelConfig.Read(files);
    }

    private static GgufBuilder Dense(string architecture) => Shape(architecture).Key($"{architecture}.attention.head_count_kv", UInt32, 2, 0, 0, 0);

    private static GgufBuilder DeepSeek() => Shape("deepseek2")
        .Key("deepseek2.rope.dimension_count", UInt32, 16, 0, 0, 0).Key("deepseek2.attention.key_length", UInt32, 48, 0, 0, 0)
        .Key("deepseek2.attention.value_length", UInt32, 24, 0, 0, 0).Key("deepseek2.attention.kv_lora_rank", UInt32, 64, 0, 0, 0)
        .Key("deepseek2.expert_count", UInt32, 8, 0, 0, 0).Key("deepseek2.expert_used_count", UInt32, 2, 0, 0, 0)
        .Key("deepseek2.expert_feed_forward_length", UInt32, 32, 0, 0, 0);

    private static GgufBuilder Shape(string architecture) => new GgufBuilder()
        .Key("general.architecture", String, GgufBuilder.Text(architecture)).Key($"{architecture}.vocab_size", UInt32, 0, 2, 0, 0)
        .Key($"{architecture}.embedding_length", UInt32, 128, 0, 0, 0).Key($"{architecture}.feed_forward_length", UInt32, 192, 0, 0, 0)
        .Key($"{architecture}.block_count", UInt32, 4, 0, 0, 0).Key($"{architecture}.attention.head_count", UInt32, 4, 0, 0, 0)
        .Key($"{architecture}.context_length", UInt32, 0, 4, 0, 0)
        .Key($"{architecture}.attention.layer_norm_rms_epsilon", Float32, BitConverter.GetBytes(1e-6f));
}
