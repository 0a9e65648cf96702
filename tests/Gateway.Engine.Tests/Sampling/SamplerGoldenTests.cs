using System.Text.Json;
using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Sampling;

public sealed class SamplerGoldenTests
{
    public static TheoryData<string> Files => [.. Goldens.Files("sampling/sampling.json")];

    [Theory]
    [MemberData(nameof(Files))]
    public void Distribution_EveryCase_MatchesTheReference(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        var number = 0;
        foreach (var item in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            var parameters = item.GetProperty("params");
            float[] logits = [.. item.GetProperty("logits").EnumerateArray().Select(value => value.GetSingle())];
            double[] expected = [.. item.GetProperty("probabilities").EnumerateArray().Select(value => value.GetDouble())];
            var history = new TokenHistory(Ids(parameters, "prompt_ids"));
            foreach (var id in Ids(parameters, "output_ids"))
            {
                history.Add(id);
            }

            var actual = new Sampler(logits.Length).Distribution(logits, Parameters(parameters), history);
            for (var id = 0; id < expected.Length; id++)
            {
                Assert.True(Math.Abs(expected[id] - actual[id]) <= 1e-6, $"case {number}, {parameters}: id {id} is {actual[id]} instead of {expected[id]}");
            }

            number++;
        }

        Assert.True(number > 0);
    }

    private static SamplingParameters Parameters(JsonElement json) => new()
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
