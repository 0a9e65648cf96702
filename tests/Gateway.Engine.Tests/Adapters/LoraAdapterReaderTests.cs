using System.Text.Json.Nodes;
using Gateway.Engine.Adapters;
using Xunit;

namespace Gateway.Engine.Tests.Adapters;

public sealed class LoraAdapterReaderTests
{
    private const string Module = "model.layers.0.self_attn.q_proj";

    private static readonly string Down = LoraAdapter.NamePrefix + Module + LoraAdapter.DownSuffix;
    private static readonly string Up = LoraAdapter.NamePrefix + Module + LoraAdapter.UpSuffix;

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Read_EveryFloatType_HasTheNumbers(string type)
    {
        using var folder = new AdapterFolder();
        folder.Add(Down, type, Bytes(type, [1, -2, 0.5f, 4, 0.25f, -8]), 2, 3).Add(Up, type, Bytes(type, [1, 2, 3, 4, -5, 6, 7, 8]), 4, 2);
        var adapter = folder.Read();
        var pair = Assert.Single(adapter.Pairs).Value;
        Assert.Equal(Module, adapter.Pairs.Keys.Single());
        Assert.Equal(new[] { 1, -2, 0.5f, 4, 0.25f, -8 }, pair.A);
        Assert.Equal(new float[] { 1, 2, 3, 4, -5, 6, 7, 8 }, pair.B);
        Assert.Equal((2, 3, 4, 2f), (pair.Rank, pair.Inputs, pair.Outputs, pair.Scaling));
        Assert.Equal(("support", folder.Path, 2, 14L), (adapter.Name, adapter.Folder, adapter.Rank, adapter.ParameterCount));
    }

    [Fact]
    public void Read_RankStabilized_DividesByTheRoot()
    {
        using var folder = new AdapterFolder().AddPair(Module).EditConfig(config => config["use_rslora"] = true);
        Assert.Equal(4 / MathF.Sqrt(2), folder.Read().Pairs[Module].Scaling);
    }

    /// <summary>PEFT matches a pattern with the end of a module's path, from a dot on, and takes the first that fits.</summary>
    [Fact]
    public void Read_Patterns_GiveModulesRankAndScaling()
    {
        const string Other = "model.layers.1.self_attn.q_proj";
        const string Third = "model.layers.1.mlp.up_proj";
        using var folder = new AdapterFolder().AddPair(Module).AddPair(Other);
        folder.Add($"base_model.model.{Third}.lora_A.weight", [1, 2, 3], 1, 3).Add($"base_model.model.{Third}.lora_B.weight", [1, 2], 2, 1);
        folder.EditConfig(config =>
        {
            config["rank_pattern"] = new JsonObject { ["proj"] = 7, ["up_proj"] = 1, ["mlp.up_proj"] = 5 };
            config["alpha_pattern"] = new JsonObject { [@"layers\.1\.(self_attn|mlp)\.[a-z]_proj"] = 10.5 };
        });
        var pairs = folder.Read().Pairs;
        Assert.Equal((2, 2f), (pairs[Module].Rank, pairs[Module].Scaling));
        Assert.Equal((2, 5.25f), (pairs[Other].Rank, pairs[Other].Scaling));
        Assert.Equal((1, 4f), (pairs[Third].Rank, pairs[Third].Scaling));
    }

    [Theory]
    [InlineData("peft_type", "\"IA3\"", "peft_type is \"IA3\"; it must be one of: LORA")]
    [InlineData("peft_type", null, "peft_type is missing")]
    [InlineData("r", "0", "r is 0; it must be a whole number of 1 to 512")]
    [InlineData("r", "100000", "r is 100000")]
    [InlineData("r", null, "r is missing")]
    [InlineData("lora_alpha", "\"much\"", "lora_alpha is \"much\"")]
    [InlineData("bias", "\"all\"", "bias is \"all\"; it must be one of: none")]
    [InlineData("use_rslora", "1", "use_rslora is 1; it must be true or false")]
    [InlineData("use_dora", "true", "use_dora is set: DoRA")]
    [InlineData("lora_bias", "true", "lora_bias is set")]
    [InlineData("fan_in_fan_out", "true", "fan_in_fan_out is set")]
    [InlineData("modules_to_save", "[\"lm_head\"]", "modules_to_save names modules")]
    [InlineData("trainable_token_indices", "[1, 2]", "trainable_token_indices is set")]
    [InlineData("target_parameters", "[\"mlp.experts.gate_up_proj\"]", "target_parameters names fused parameters")]
    [InlineData("layer_replication", "[[0, 2], [1, 3]]", "layer_replication is set")]
    [InlineData("alora_invocation_tokens", "[5]", "alora_invocation_tokens is set")]
    [InlineData("use_qalora", "true", "use_qalora is set")]
    [InlineData("init_lora_weights", "\"pissa_niter_16\"", "init_lora_weights is pissa_niter_16: such an adapter does not fit the model's own weights")]
    [InlineData("init_lora_weights", "\"olora\"", "init_lora_weights is olora")]
    [InlineData("init_lora_weights", "\"loftq\"", "init_lora_weights is loftq")]
    [InlineData("rank_pattern", "{\"(q_proj\": 3}", "rank_pattern.(q_proj is no regular expression")]
    [InlineData("rank_pattern", "{\"(?<=a)q_proj\": 3}", "rank_pattern.(?<=a)q_proj is no regular expression")]
    [InlineData("alpha_pattern", "{\"q_proj\": -1}", "alpha_pattern.q_proj is -1")]
    public void Read_ConfigThatCannotBeApplied_IsRefusedByItsKey(string key, string? value, string expected)
    {
        using var folder = new AdapterFolder().AddPair(Module);
        folder.EditConfig(config =>
        {
            config.Remove(key);
            if (value is not null)
            {
                config[key] = JsonNode.Parse(value);
            }
        });
        var exception = Assert.Throws<AdapterException>(folder.Read);
        Assert.Contains(exception.Errors, error => error.StartsWith("adapter_config.json: " + expected, StringComparison.Ordinal));
        Assert.Contains($"'support' in {folder.Path}", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("modules_to_save", "[]")]
    [InlineData("modules_to_save", "null")]
    [InlineData("rank_pattern", "{}")]
    [InlineData("target_modules", "[\"q_proj\"]")]
    [InlineData("layers_to_transform", "[0]")]
    [InlineData("eva_config", "null")]
    [InlineData("loftq_config", "{}")]
    [InlineData("lora_dropout", "0.1")]
    [InlineData("init_lora_weights", "true")]
    [InlineData("init_lora_weights", "false")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    public void Read_ConfigThatChangesNothing_IsTaken(string key, string value)
    {
        using var folder = new AdapterFolder().AddPair(Module).EditConfig(config => config[key] = JsonNode.Parse(value));
        Assert.Single(folder.Read().Pairs);
    }

    [Theory]
    [InlineData("base_model.model.model.embed_tokens.lora_embedding_A", "adapters of embeddings are not supported")]
    [InlineData("base_model.model.model.embed_tokens.weight", "save_embedding_layers=False")]
    [InlineData("base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector", "DoRA is not supported")]
    [InlineData("base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias", "train without lora_bias")]
    [InlineData("base_model.model.model.layers.1.mlp.experts.base_layer.lora_A.weight", "fused experts")]
    [InlineData("base_model.model.model.layers.1.mlp.experts.lora_B.weight", "fused experts")]
    [InlineData("model.layers.0.self_attn.k_proj.lora_A.weight", "names must be base_model.model.MODULE.lora_A.weight")]
    [InlineData("base_model.model.lora_A.weight", "names must be")]
    [InlineData("base_model.model..lora_A.weight", "names must be")]
    public void Read_TensorOfAnotherKind_IsRefusedByName(string name, string expected)
    {
        using var folder = new AdapterFolder().AddPair(Module).Add(name, new float[6], 2, 3);
        var exception = Assert.Throws<AdapterException>(folder.Read);
        var error = Assert.Single(exception.Errors);
        Assert.StartsWith($"unexpected: '{name}'", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WrongTensors_AreAllListedWithWhatIsExpected()
    {
        using var folder = new AdapterFolder()
            .Add("base_model.model.a.lora_A.weight", new float[9], 3, 3).Add("base_model.model.a.lora_B.weight", new float[8], 4, 2)
            .Add("base_model.model.b.lora_A.weight", new float[6], 2, 3)
            .Add("base_model.model.c.lora_B.weight", new float[8], 4, 2)
            .Add("base_model.model.d.lora_A.weight", new float[6], 2, 3).Add("base_model.model.d.lora_B.weight", new float[8], 8)
            .Add("base_model.model.e.lora_A.weight", "I32", new byte[24], 2, 3).Add("base_model.model.e.lora_B.weight", new float[8], 4, 2)
            .Add("base_model.model.f.lora_A.weight", [1, 2, float.NaN, 4, 5, 6], 2, 3)
            .Add("base_model.model.f.lora_B.weight", [float.NegativeInfinity, 1], 1, 2)
            .Add("base_model.model.g.lora_A.weight", [], 2, 0).Add("base_model.model.g.lora_B.weight", [], 0, 2);
        var exception = Assert.Throws<AdapterException>(folder.Read);
        Assert.Equal(
            [
                "wrong shape: 'base_model.model.a.lora_A.weight' is [3, 3], adapter_config.json asks for [2, inputs]",
                "missing: 'base_model.model.b.lora_B.weight'",
                "missing: 'base_model.model.c.lora_A.weight'",
                "wrong shape: 'base_model.model.d.lora_B.weight' is [8], adapter_config.json asks for [outputs, 2]",
                "unusable: 'base_model.model.e.lora_A.weight' is I32; adapters must be F32, F16 or BF16.",
                "unusable: 'base_model.model.f.lora_A.weight' holds NaN or infinity; the file is damaged or the training run diverged.",
                "unusable: 'base_model.model.f.lora_B.weight' holds NaN or infinity; the file is damaged or the training run diverged.",
                "wrong shape: 'base_model.model.g.lora_A.weight' is [2, 0], adapter_config.json asks for [2, inputs]",
                "wrong shape: 'base_model.model.g.lora_B.weight' is [0, 2], adapter_config.json asks for [outputs, 2]",
            ],
            exception.Errors.Order(StringComparer.Ordinal).OrderBy(error => error[(error.IndexOf('\'', StringComparison.Ordinal) + 1)..]));
    }

    [Fact]
    public void Read_MissingOrDamagedFiles_AreNamed()
    {
        var missing = Path.Combine(Path.GetTempPath(), "no such adapter");
        var exception = Assert.Throws<AdapterException>(() => LoraAdapterReader.Read("support", missing));
        Assert.Contains("adapter_config.json", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(missing, "adapter_model.safetensors"), exception.Message, StringComparison.Ordinal);

        using var folder = new AdapterFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "adapter_model.bin"), [0x80, 2]);
        Assert.Contains("safe_serialization=True", Assert.Throws<AdapterException>(folder.Read).Message, StringComparison.Ordinal);

        File.WriteAllBytes(folder.WeightsPath, [1, 2, 3]);
        Assert.Contains("too short", Assert.Throws<AdapterException>(folder.Read).Message, StringComparison.Ordinal);

        folder.AddPair(Module);
        File.WriteAllText(folder.ConfigPath, "{ \"r\": ");
        Assert.Contains("adapter_config.json", Assert.Throws<AdapterException>(folder.Read).Errors.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileCutOrChangedAnywhere_IsReadOrRefusedByName()
    {
        using var folder = new AdapterFolder().AddPair(Module);
        var random = new Random(1);
        foreach (var path in new[] { folder.WeightsPath, folder.ConfigPath })
        {
            var bytes = File.ReadAllBytes(path);
            for (var length = 0; length < bytes.Length; length++)
            {
                File.WriteAllBytes(path, bytes[..length]);
                Assert.Throws<AdapterException>(folder.Read);
                var changed = bytes.ToArray();
                changed[length] = (byte)random.Next(256);
                File.WriteAllBytes(path, changed);
                if (Record.Exception(folder.Read) is { } exception)
                {
                    Assert.Contains(folder.Path, Assert.IsType<AdapterException>(exception).Message, StringComparison.Ordinal);
                }
            }

            File.WriteAllBytes(path, bytes);
        }
    }

    [Fact]
    public void Read_NoTensors_IsRefused()
    {
        using var folder = new AdapterFolder();
        Models.CheckpointCopy.WriteWeights(folder.WeightsPath, [], []);
        Assert.Equal(["adapter_model.safetensors holds no tensors."], Assert.Throws<AdapterException>(folder.Read).Errors);
    }

    private static byte[] Bytes(string type, float[] values) => type switch
    {
        "F32" => [.. values.SelectMany(BitConverter.GetBytes)],
        "F16" => [.. values.SelectMany(value => BitConverter.GetBytes((Half)value))],
        _ => [.. values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))],
    };
}
