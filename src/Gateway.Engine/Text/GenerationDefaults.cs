using System.Text.Json;
using Gateway.Engine.Models;
using Gateway.Engine.Sampling;

namespace Gateway.Engine.Text;

/// <summary>
/// What a checkpoint's own <c>generation_config.json</c> says about sampling when a request does not: its makers know best at which
/// temperature the model answers well. <c>do_sample: false</c> means greedy.
/// </summary>
/// <param name="Sampling">The sampling parameters.</param>
/// <param name="MaxTokens">The most tokens of an answer (<c>max_new_tokens</c>); null when the file is silent.</param>
public sealed record GenerationDefaults(SamplingParameters Sampling, int? MaxTokens)
{
    private const string FileName = "generation_config.json";

    /// <summary>Reads the file of a model folder; plain sampling at temperature 1 when there is none.</summary>
    /// <exception cref="ModelConfigException">The file cannot be read, or a value is out of range; every error is listed.</exception>
    public static GenerationDefaults Load(string modelFolder)
    {
        var path = Path.Combine(modelFolder, FileName);
        if (!File.Exists(path))
        {
            return new GenerationDefaults(new SamplingParameters(), MaxTokens: null);
        }

        return Read(path, ConfigFile.Read(path));
    }

    /// <param name="path">For messages.</param>
    /// <param name="json">The content of a generation_config.json.</param>
    /// <exception cref="ModelConfigException">A value is out of range; every error is listed.</exception>
    internal static GenerationDefaults Read(string path, JsonElement json)
    {
        List<string> errors = [];
        var config = new ConfigReader(json, "", errors);
        var isSampled = config.Flag("do_sample", true);
        var sampling = new SamplingParameters
        {
            Temperature = isSampled ? config.Number("temperature", 0, 2, 1) : 0,
            TopP = config.Number("top_p", 1e-6, 1, 1),
            TopK = config.Integer("top_k", 0, int.MaxValue, 0),
            RepetitionPenalty = config.Number("repetition_penalty", 1e-6, 10, 1),
        };
        var maxTokens = config.IsPresent("max_new_tokens") ? config.Integer("max_new_tokens", 1, int.MaxValue) : (int?)null;
        return errors.Count == 0 ? new GenerationDefaults(sampling, maxTokens) : throw new ModelConfigException(path, errors);
    }
}
