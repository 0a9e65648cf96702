using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>Valid requests with random damage: whatever comes in, a sound answer goes out, from a provider as from the engine.</summary>
public sealed class MutatedRequestTests
{
    private const int Count = 2_000;

    private static readonly string[] Seeds =
    [
        """{"model":"auto","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Grüße 👋"}],"max_tokens":5,"temperature":0.5,"stop":["a","b"]}""",
        """{"model":"fake/echo","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"stream":true,"stream_options":{"include_usage":true}}""",
        """{"model":"auto","stream":true,"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"seed":7}""",
        """{"model":"local/demo","messages":[{"role":"user","content":[{"type":"text","text":"Hi \u00e9\ud83d\ude00"}]}],"max_tokens":2,"logprobs":true,"top_logprobs":2}""",
        """{"model":"demo","stream":true,"messages":[{"role":"developer","content":"Short."},{"role":"user","content":"Hi"}],"stop":"x","logit_bias":{"5":-100},"top_k":3,"min_p":0.1,"seed":1}""",
    ];

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", "\"", ",", ":", "\\", "\\ud800", "\\u0000", "null", "true", "false", "-", "1e999", "0", "99999999999", "\u0000", "é", "\"model\":", "\"messages\":", "\"stream\":true,",
        "\"content\":[{\"type\":\"image_url\"}],", "\"max_tokens\":-1,", "\"stop\":[],", "{\"role\":\"tool\"},", "<｜Assistant｜>", " ", "\n",
    ];

    [Fact]
    public async Task Post_RandomMutations_AreAlwaysAnsweredSoundly()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(request => request.BodyText.Contains("\"stream\":true", StringComparison.Ordinal)
            ? Reply.StreamFixture("chat-stream-usage.sse")
            : Reply.Fixture("chat-completion.json"));
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = $$"""
                providers:
                  fake: { dialect: openai, baseUrl: "{{provider.BaseUrl}}", models: { echo: { contextWindow: 128000 } } }
                  local: { dialect: local, models: { demo: { contextWindow: 4096, maxOutputTokens: 3 } } }
                """;
            setup.RoutesYaml = "routes: { auto: { candidates: [ fake/echo ] } }";
        });
        await Wait.UntilAsync(async () => (await gateway.Client.GetAnswerAsync("health/ready")).Status == System.Net.HttpStatusCode.OK, TimeSpan.FromSeconds(60));
        var random = new Random(20_261_122);
        var bodies = Enumerable.Range(0, Count).Select(_ => Mutate(random)).ToList();
        var failures = new ConcurrentBag<string>();
        var statuses = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(bodies, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (body, _) =>
        {
            var answer = await gateway.Client.PostJsonAsync(GatewayRequests.ChatPath, body);
            statuses.Add((int)answer.Status);
            if (!IsSound(answer))
            {
                failures.Add($"{Encoding.UTF8.GetString(body)}\n-> {(int)answer.Status} {answer.Body}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Take(5)));
        Assert.Contains(200, statuses);
        Assert.Contains(400, statuses);
        gateway.ShouldHaveLoggedNoError();
    }

    private static byte[] Mutate(Random random)
    {
        List<byte> bytes = [.. Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)])];
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 12), bytes.Count - at - 1));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.Add((byte)'}');
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }

    private static bool IsSound(Answer answer)
    {
        if ((int)answer.Status is not (200 or (>= 400 and < 500)))
        {
            return false;
        }

        try
        {
            return answer.ContentType == "text/event-stream" ? answer.Body.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) : answer.Json.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
