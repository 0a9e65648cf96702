using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Benchmarks.ProfileSpeed;

/// <summary>Requests of a given size, the same ones on every run.</summary>
internal static class Conversations
{
    private const string Sentence =
        "The committee met on Thursday to decide whether the old harbour should be sold, "
        + "and several members argued that the town could not afford the repairs. ";

    private const string Code = "    if (values[i] > best)\n    {\n        best = values[i]; // keep the \"largest\"\n    }\n";

    /// <summary>As most clients write JSON.</summary>
    private static readonly JsonSerializerOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="turns">Pairs of question and answer; the last answer is missing.</param>
    /// <param name="words">In each message.</param>
    public static byte[] Chat(int turns, int words)
    {
        List<object> messages = [new { role = "system", content = "You are a helpful assistant." }];
        for (int i = 0; i < turns; i++)
        {
            messages.Add(new { role = "user", content = Text(Sentence, words) });
            messages.Add(new { role = "assistant", content = Text(Sentence, words) });
        }

        messages.RemoveAt(messages.Count - 1);
        return JsonSerializer.SerializeToUtf8Bytes(new { model = "auto", messages, stream = true }, Format);
    }

    public static byte[] WithTools(int words)
    {
        var tools = Enumerable.Range(0, 10).Select(i => new
        {
            type = "function",
            function = new
            {
                name = $"tool_{i}",
                description = Sentence,
                parameters = new
                {
                    type = "object",
                    properties = new { path = new { type = "string" }, line = new { type = "integer" } },
                    required = new[] { "path" },
                },
            },
        });
        object[] messages =
        [
            new { role = "system", content = Text(Sentence, 100) },
            new { role = "user", content = Text(Code, words) },
        ];
        return JsonSerializer.SerializeToUtf8Bytes(new { model = "auto", messages, tools, max_tokens = 500 }, Format);
    }

    private static string Text(string sentence, int words)
    {
        int repeats = Math.Max(1, words / sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        return string.Concat(Enumerable.Repeat(sentence, repeats));
    }
}
