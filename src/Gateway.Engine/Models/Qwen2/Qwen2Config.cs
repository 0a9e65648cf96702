using System.Text.Json;
using Gateway.Engine.Models.Dense;

namespace Gateway.Engine.Models.Qwen2;

/// <summary>config.json of a Qwen2 checkpoint: R1-Distill-Qwen. Queries, keys and values have biases, without a key that says so.</summary>
internal static class Qwen2Config
{
    public const string ModelType = "qwen2";

    /// <exception cref="ModelConfigException">Lists every key that is missing or wrong.</exception>
    public static DenseConfig Read(string file, JsonElement json)
    {
        List<string> errors = [];
        var reader = new ConfigReader(json, "", errors);
        CheckAttention(reader);
        var config = DenseConfig.Read(reader, ModelType) with { HasQueryKeyValueBias = true };
        return errors.Count == 0 ? config : throw new ModelConfigException(file, errors);
    }

    /// <summary>Refuses the kinds of attention that Qwen's files can ask for and the engine does not have.</summary>
    public static void CheckAttention(ConfigReader reader)
    {
        if (reader.Flag("use_sliding_window", false))
        {
            reader.Error("use_sliding_window", "is true; attention to a window is not supported.");
        }

        if (reader.Flag("use_mrope", false))
        {
            reader.Error("use_mrope", "is true; rotation over several axes is not supported.");
        }
    }
}
