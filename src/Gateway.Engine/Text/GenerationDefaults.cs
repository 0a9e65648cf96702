using System.Text.Json;
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
    /// <exception cref="EngineException">The file is not JSON.</exception>
    public static GenerationDefaults Load(string modelFolder)
    {
        var path = Path.Combine(modelFolder, FileName);
        if (!File.Exists(path))
        {
            return new GenerationDefaults(new SamplingParameters(), MaxTokens: null);
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new EngineException($"{path} is not the JSON object of a generation config: {exception.Message}", exception);
        }
    }

    private static GenerationDefaults Read(JsonElement root)
    {
        var isGreedy = root.TryGetProperty("do_sample", out var sample) && sample.ValueKind == JsonValueKind.False;
        var defaults = new SamplingParameters
        {
            Temperature = isGreedy ? 0 : Number("temperature") ?? 1,
            TopP = Number("top_p") is { } topP and > 0 and <= 1 ? topP : 1,
            TopK = (int)Math.Clamp(Number("top_k") ?? 0, 0, int.MaxValue / 2),
            RepetitionPenalty = Number("repetition_penalty") is { } penalty and > 0 and <= 10 ? penalty : 1,
        };
        var maxTokens = Number("max_new_tokens") is { } tokens and >= 1 and <= int.MaxValue / 2 ? (int)tokens : (int?)null;
        return new GenerationDefaults(defaults with { Temperature = Math.Clamp(defaults.Temperature, 0, 2) }, maxTokens);

        double? Number(string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
    }
}
