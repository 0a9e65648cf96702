using System.Text.Json;
using Gateway.Engine.Models.Dense;

namespace Gateway.Engine.Models.Llama;

/// <summary>config.json of a Llama checkpoint: DeepSeek-LLM, DeepSeek-Coder, R1-Distill-Llama.</summary>
internal static class LlamaConfig
{
    public const string ModelType = "llama";

    /// <exception cref="ModelConfigException">Lists every key that is missing or wrong.</exception>
    public static DenseConfig Read(string file, JsonElement json)
    {
        List<string> errors = [];
        var reader = new ConfigReader(json, "", errors);
        var bias = reader.Flag("attention_bias", false);
        var config = DenseConfig.Read(reader, ModelType) with
        {
            HasQueryKeyValueBias = bias,
            HasOutputBias = bias,
            HasMlpBias = reader.Flag("mlp_bias", false),
        };
        return errors.Count == 0 ? config : throw new ModelConfigException(file, errors);
    }
}
