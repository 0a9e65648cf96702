using System.Text.Json;
using Gateway.Engine.Sampling;

namespace Gateway.Engine.Tests.Sampling;

/// <summary>A case of the sampling goldens: what the reference makes of logits.</summary>
internal sealed record SamplerGolden(float[] Logits, SamplingParameters Parameters, TokenHistory History, double[] Probabilities, string Text)
{
    public static IEnumerable<SamplerGolden> Read(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var item in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            var parameters = item.GetProperty("params");
            var history = new TokenHistory(item.GetProperty("logits").GetArrayLength());
            history.Begin(Ids(parameters, "prompt_ids"));
            foreach (var id in Ids(parameters, "output_ids"))
            {
                history.Add(id);
            }

            yield return new SamplerGolden(
                [.. item.GetProperty("logits").EnumerateArray().Select(value => value.GetSingle())],
                ReadParameters(parameters),
                history,
                [.. item.GetProperty("probabilities").EnumerateArray().Select(value => value.GetDouble())],
                parameters.ToString());
        }
    }

    private static SamplingParameters ReadParameters(JsonElement json) => new()
    {
        LogitBias = json.TryGetProperty("logit_bias", out var bias)
            ? bias.EnumerateObject().ToDictionary(pair => int.Parse(pair.Name, null), pair => pair.Value.GetSingle())
            : [],
        RepetitionPenalty = Number(json, "repetition_penalty", 1),
        FrequencyPenalty = Number(json, "frequency_penalty", 0),
        PresencePenalty = Number(json, "presence_penalty", 0),
        Temperature = Number(json, "temperature", 1),
        MinP = Number(json, "min_p", 0),
        TopK = (int)Number(json, "top_k", 0),
        TopP = Number(json, "top_p", 1),
    };

    private static double Number(JsonElement json, string key, double fallback) =>
        json.TryGetProperty(key, out var value) ? value.GetDouble() : fallback;

    private static int[] Ids(JsonElement json, string key) =>
        json.TryGetProperty(key, out var ids) ? [.. ids.EnumerateArray().Select(id => id.GetInt32())] : [];
}
