using System.Text.Json;
using Gateway.Engine.Models.Dense;
using Gateway.Engine.Models.Qwen2;

namespace Gateway.Engine.Models.Qwen3;

/// <summary>config.json of a Qwen3 checkpoint: R1-0528-Qwen3-8B. Each query and key head is normed.</summary>
internal static class Qwen3Config
{
    public const string ModelType = "qwen3";

    /// <exception cref="ModelConfigException">Lists every key that is missing or wrong.</exception>
    public static DenseConfig Read(string file, JsonElement json)
    {
        List<string> errors = [];
        var reader = new ConfigReader(json, "", errors);
        Qwen2Config.CheckAttention(reader);
        var bias = reader.Flag("attention_bias", false);
        var config = DenseConfig.Read(reader, ModelType) with { HasHeadNorms = true, HasQueryKeyValueBias = bias, HasOutputBias = bias };

        // Without the key the heads have 128 channels, and not an even share of the hidden size.
        config = reader.IsPresent("head_dim") ? config : config with { HeadDimension = 128 };
        return errors.Count == 0 ? config : throw new ModelConfigException(file, errors);
    }
}
