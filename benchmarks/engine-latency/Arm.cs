using System.Diagnostics;
using Gateway.Engine;

namespace Gateway.Benchmarks.EngineLatency;

/// <summary>One way of scheduling prompts, and what was seen of it.</summary>
/// <param name="name">For the table.</param>
/// <param name="options">How its engine is set.</param>
internal sealed class Arm(string name, EngineOptions options)
{
    public const int LongPrompts = 8;
    public const int LongTokens = 1_000;
    public const int ShortTokens = 16;

    /// <summary>One short prompt comes this long after the one before.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(50);

    private readonly List<TimeSpan> _short = [];
    private readonly List<TimeSpan> _long = [];

    public string Name => name;

    /// <summary>Times to the first token of short prompts, ascending.</summary>
    public IReadOnlyList<TimeSpan> Short => [.. _short.Order()];

    /// <summary>The same of the long ones.</summary>
    public IReadOnlyList<TimeSpan> Long => [.. _long.Order()];

    /// <summary>Queues the long prompts, and then short ones until the long ones have their first tokens.</summary>
    /// <param name="seed">Makes the prompts, none of which begins like another.</param>
    /// <param name="isCounted">False for a round that only warms up.</param>
    public async Task RunAsync(int seed, bool isCounted)
    {
        await using var engine = InferenceEngine.Load(options);
        var random = new Random(seed);
        var busy = Enumerable.Range(0, LongPrompts).Select(_ => FirstTokenAsync(engine, Prompt(random, engine, LongTokens))).ToList();
        List<Task<TimeSpan>> small = [];
        while (busy.Any(prompt => !prompt.IsCompleted))
        {
            small.Add(FirstTokenAsync(engine, Prompt(random, engine, ShortTokens)));
            await Task.Delay(Gap).ConfigureAwait(false);
        }

        var (longTimes, shortTimes) = (await Task.WhenAll(busy).ConfigureAwait(false), await Task.WhenAll(small).ConfigureAwait(false));
        engine.CheckIntegrity();
        if (isCounted)
        {
            _long.AddRange(longTimes);
            _short.AddRange(shortTimes);
        }
    }

    private static TokenRequest Prompt(Random random, InferenceEngine engine, int tokens) => new()
    {
        PromptIds = [.. Enumerable.Range(0, tokens).Select(_ => random.Next(3, engine.Model.VocabularySize))],
        MaxTokens = 8,
        IgnoreEos = true,
        Sampling = new() { Temperature = 0 },
    };

    private static async Task<TimeSpan> FirstTokenAsync(InferenceEngine engine, TokenRequest request)
    {
        var start = Stopwatch.GetTimestamp();
        TimeSpan? first = null;
        await foreach (var _ in engine.GenerateAsync(request).ConfigureAwait(false))
        {
            first ??= Stopwatch.GetElapsedTime(start);
        }

        return first!.Value;
    }
}
