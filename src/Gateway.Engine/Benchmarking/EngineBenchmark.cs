using Gateway.Engine.Sampling;

namespace Gateway.Engine.Benchmarking;

/// <summary>Measures an engine through its front: scheduler, cache, sampler and streams included. Nothing else may be using it.</summary>
/// <param name="engine">The engine.</param>
/// <param name="time">The clock.</param>
public sealed class EngineBenchmark(InferenceEngine engine, TimeProvider time)
{
    // Brings the weights into memory, and lasts until the runtime has compiled what runs often for speed: some two seconds of a large model.
    private const int WarmUpTokens = 24;

    // Prompts must differ from their beginning on, or later ones would be found in the prefix cache.
    private int _prompts;

    /// <summary>Prompt tokens per second until the first token: the median of several prompts, one at a time.</summary>
    /// <param name="promptTokens">Length of a prompt, at least 1.</param>
    /// <param name="repeats">Number of prompts, at least 1.</param>
    public async Task<double> PrefillAsync(int promptTokens, int repeats, CancellationToken cancellationToken)
    {
        var rates = new double[repeats];
        for (var i = 0; i < repeats; i++)
        {
            var request = Request(promptTokens, 1);
            var start = time.GetTimestamp();
            await foreach (var token in engine.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
            {
                rates[i] = promptTokens / time.GetElapsedTime(start).TotalSeconds;
            }
        }

        Array.Sort(rates);
        return rates[repeats / 2];
    }

    /// <summary>Tokens per second of all streams together, from the moment that all of them generate to the moment that the first has ended.</summary>
    /// <param name="streams">Streams at the same time, at least 1 and at most as many as the engine runs.</param>
    /// <param name="promptTokens">Length of each prompt, at least 1.</param>
    /// <param name="tokens">Tokens of each stream, at least 2.</param>
    public async Task<double> DecodeAsync(int streams, int promptTokens, int tokens, CancellationToken cancellationToken)
    {
        var window = new DecodeWindow(streams, time);
        await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(
            async () =>
            {
                // Streams that began earlier are further on when the last one joins: they must not end before it has had its share.
                var generated = 0;
                var request = Request(promptTokens, tokens + MostLead(streams));
                await foreach (var token in engine.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
                {
                    window.Count(isFirst: generated++ == 0);
                    if (window.IsOver(tokens))
                    {
                        break;
                    }
                }
            },
            cancellationToken))).ConfigureAwait(false);
        return window.TokensPerSecond;
    }

    /// <summary>Tokens of KV cache that <see cref="DecodeAsync"/> needs.</summary>
    public static int CacheTokens(int streams, int promptTokens, int tokens) => streams * (promptTokens + tokens + MostLead(streams));

    /// <summary>Runs everything once, so that what is measured next is not the first of its kind.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken) =>
        await DecodeAsync(1, WarmUpTokens, WarmUpTokens, cancellationToken).ConfigureAwait(false);

    /// <summary>Steps by which the first stream may be ahead of the last one: its prompt joins at the latest when all others have been computed one by one.</summary>
    private static int MostLead(int streams) => streams + 32;

    private TokenRequest Request(int promptTokens, int tokens)
    {
        var (prompt, vocabulary) = (Interlocked.Increment(ref _prompts), engine.Model.VocabularySize);
        return new TokenRequest
        {
            PromptIds = [.. Enumerable.Range(0, promptTokens).Select(i => (int)(((i * 7919L) + (prompt * 104_729L) + 13) % vocabulary))],
            MaxTokens = tokens,
            IgnoreEos = true,
            Sampling = new SamplingParameters { Temperature = 0 },
        };
    }
}
