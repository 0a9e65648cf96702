using System.Text.Json;

namespace Gateway.Benchmarks.Endurance;

/// <summary>One of the requests that are asked again and again. Its answer is always the same: greedy, or with a seed.</summary>
internal sealed record Question(string Text, int MaxTokens, long? Seed)
{
    private const string System = "You are the assistant of a small gateway. Answer briefly, and say so when you do not know.";

    private static readonly string[] Texts =
    [
        "Hello", "What is 2+2?", "What is the capital of France?", "Count from 1 to 10", "ping", "Tell me a joke", "What is a KV cache?",
        "Explain mixture of experts", "Say hello in French", "What does HTTP 429 mean?", "Write hello world in C#", "How do I add a provider?",
    ];

    /// <summary>Questions of mixed lengths, half of them with the same system message and half of them sampled.</summary>
    public static IReadOnlyList<Question> All { get; } =
    [
        .. from length in (int[])[4, 24, 80, 160] from index in Enumerable.Range(0, Texts.Length) select new Question(Texts[index], length, index % 2 == 0 ? null : index),
    ];

    public byte[] Body => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>
    {
        ["model"] = "auto",
        ["messages"] = MaxTokens % 8 == 0
            ? new[] { new { role = "system", content = System }, new { role = "user", content = Text } }
            : [new { role = "user", content = Text }],
        ["max_tokens"] = MaxTokens,
        ["temperature"] = Seed is null ? 0 : 1,
        ["seed"] = Seed,
        ["ignore_eos"] = true,
        ["stream"] = true,
    });
}
