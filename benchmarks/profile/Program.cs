using Gateway.Benchmarks.ProfileSpeed;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Gateway.Routing;

// What a profile costs a request, in microseconds: the profile alone, with the difficulty, and the reading at the front door for comparison.
const int rounds = 20_000;
const int warmUp = 2_000;
Console.WriteLine($"{"conversation",-16}{"tokens",8}{"bytes",9}{"what",14}{"median µs",11}{"p99 µs",9}{"bytes allocated",17}");
(string Name, int Turns, int Words)[] requests =
    [("one question", 1, 80), ("one question", 1, 800), ("one question", 1, 8_000), ("twenty turns", 20, 40), ("tools and code", 0, 600)];
foreach (var (name, turns, words) in requests)
{
    byte[] body = turns == 0 ? Conversations.WithTools(words) : Conversations.Chat(turns, words);
    var request = OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, body);
    int tokens = RequestProfiler.Read(request).PromptTokens(TokenizerFamily.Generic);
    Report(name, tokens, body.Length, "front door", () => OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, body));
    Report(name, tokens, body.Length, "profile", () => RequestProfiler.Read(request));
    Report(name, tokens, body.Length, "+ difficulty", () => RequestProfiler.Read(request).Difficulty);
}

static void Report<T>(string name, int tokens, int bytes, string what, Func<T> action)
{
    var samples = new double[rounds];
    for (int i = -warmUp; i < rounds; i++)
    {
        long start = TimeProvider.System.GetTimestamp();
        action();
        double elapsed = TimeProvider.System.GetElapsedTime(start).TotalMicroseconds;
        samples[Math.Max(i, 0)] = elapsed;
    }

    long before = GC.GetAllocatedBytesForCurrentThread();
    action();
    long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
    Array.Sort(samples);
    Console.WriteLine($"{name,-16}{tokens,8}{bytes,9}{what,14}{samples[rounds / 2],11:F1}{samples[rounds * 99 / 100],9:F1}{allocated,17}");
}
