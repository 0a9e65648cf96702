using Gateway.Engine.Execution;
using Gateway.Engine.Models;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>What the engine's loop allocates while requests only go on: nothing, also for handing the tokens to their readers.</summary>
public sealed class EngineAllocationTests
{
    private const int WarmUpSteps = 100;
    private const int Steps = 5_000;
    private const int CleanSteps = 1_000;
    private const int Requests = 8;
    private const int Vocabulary = 10_000;

    [Theory(Timeout = 60_000)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Loop_ThousandsOfDecodeSteps_AllocatesNothing(bool runsAhead, bool hasPenalties)
    {
        var runner = new CountingRunner(runsAhead);
        await using var engine = new InferenceEngine(
            EngineSizes.Of(new EngineOptions { ModelPath = "none", MaxStepTokens = 64, MaxRunningSequences = Requests, KvCacheTokens = 64 * 1_024 }, ComputeDevice.Cpu), runner, Description);
        var pending = Enumerable.Range(0, Requests).Select(i => runner.CountAsync(engine.GenerateAsync(new TokenRequest
        {
            PromptIds = [.. Enumerable.Range(0, 40).Select(token => (i + token) % 4)],
            MaxTokens = WarmUpSteps + Steps + 50,
            Sampling = new() { Temperature = 0, FrequencyPenalty = hasPenalties ? 0.5 : 0, RepetitionPenalty = hasPenalties ? 1.1 : 1 },
            Origin = new() { Tenant = "tenant " + (i % 2) },
        }))).ToList();
        runner.Begin();
        var answers = await Task.WhenAll(pending);
        Assert.All(answers, tokens => Assert.Equal(WarmUpSteps + Steps + 50, tokens));
        Assert.InRange(runner.Tokens, (Steps - 2) * Requests, (Steps + 2) * Requests);
        Assert.True(runner.Meter.LongestClean >= CleanSteps, $"At most {runner.Meter.LongestClean} steps in a row allocated nothing; {runner.Meter.Bytes} bytes in all.");
        engine.CheckIntegrity();
        Assert.Equal(0, engine.Statistics.HeldBlocks);
        Assert.Equal((WarmUpSteps + Steps + 49) * Requests, engine.Statistics.DecodeTokens);
    }

    private static ModelDescription Description => new()
    {
        Name = "fake",
        Family = "test",
        VocabularySize = Vocabulary,
        ContextLength = 8_192,
        EmbeddingSize = 1,
        ParameterCount = 0,
        CacheBytesPerToken = 4,
        EosTokenIds = [],
        BosTokenId = null,
    };

    /// <summary>
    /// Chooses one new token after the other, and reads what the loop's thread has allocated, once all requests have been decoding for a while. A step begins when all tokens so
    /// far were read, as at the pace of a real model: tokens that pile up take memory.
    /// </summary>
    private sealed class CountingRunner(bool runsAhead) : IStepRunner
    {
        private readonly ManualResetEventSlim _begin = new();
        private long _chosen;
        private long _read;

        public bool RunsAhead => runsAhead;

        /// <summary>Chosen in the steps that were measured.</summary>
        public int Tokens { get; private set; }

        public AllocationMeter Meter { get; } = new();

        /// <summary>All requests are there.</summary>
        public void Begin() => _begin.Set();

        public void Start(StepBatch batch, ReadOnlySpan<Draw> draws)
        {
            _begin.Wait();
            while (Volatile.Read(ref _read) < _chosen)
            {
                Thread.Yield();
            }

            if (_chosen >= WarmUpSteps * Requests && _chosen < (WarmUpSteps + Steps) * Requests)
            {
                Tokens += draws.Length;
                Meter.Mark();
            }
        }

        public void Collect(ReadOnlySpan<Draw> draws, Span<Drawn> drawn)
        {
            for (var row = 0; row < drawn.Length; row++)
            {
                drawn[row] = new Drawn((draws[row].Position + row) % Vocabulary, null);
            }

            _chosen += drawn.Length;
        }

        public async Task<int> CountAsync(IAsyncEnumerable<GeneratedToken> tokens)
        {
            var count = 0;
            await foreach (var _ in tokens)
            {
                count++;
                Interlocked.Increment(ref _read);
            }

            return count;
        }

        public void Dispose() => _begin.Dispose();
    }
}
