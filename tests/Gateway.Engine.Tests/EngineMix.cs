using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>
/// Random requests at once, some with the same beginnings, of several tenants and priorities, under any of the adapters that there are, some of which
/// leave early: each must get the tokens that a reference engine, which serves nobody else, gives it. All blocks are accounted for at each token.
/// </summary>
internal sealed class EngineMix(Random random, InferenceEngine engine, InferenceEngine reference)
{
    private readonly int[][] _beginnings = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, 100).Select(_ => random.Next(3, 500)).ToArray())];

    /// <summary>The bare model, and whatever adapters there are.</summary>
    private readonly string?[] _adapters = [null, .. engine.Model.Adapters];

    /// <summary>
    /// An engine with room for a few requests only, in blocks, steps and pieces of any size. Prompts whose longest is 30 fit (see
    /// <see cref="CheckAsync"/>), not always with all of their answers.
    /// </summary>
    public static EngineOptions Pressed(Random random) => new()
    {
        ModelPath = EngineRun.SmallModel,
        Device = ComputeDevice.Cpu,
        BlockSize = random.Next(1, 6),
        KvCacheTokens = random.Next(40, 110),
        MaxRunningSequences = random.Next(2, 7),
        MaxStepTokens = random.Next(7, 40),
        MaxPrefillChunk = random.Next(1, 40),
        Threads = random.Next(1, 3),
    };

    /// <param name="requests">How many.</param>
    /// <param name="longest">Most tokens of a prompt, and of an answer.</param>
    public async Task CheckAsync(int requests, int longest)
    {
        var runs = Enumerable.Range(0, requests).Select(_ => (Request: Request(longest), LeaveAfter: random.Next(4) == 0 ? random.Next(1, 10) : int.MaxValue)).ToList();
        var answers = await Task.WhenAll(runs.Select(async run =>
        {
            await Task.Delay(random.Next(3));
            return await RunAsync(run.Request, run.LeaveAfter);
        }));
        foreach (var ((request, _), tokens) in runs.Zip(answers))
        {
            var alone = await reference.IdsAsync(request with { Origin = new() { CacheSalt = Guid.NewGuid().ToString() } });
            Assert.Equal(alone[..Math.Min(alone.Length, tokens.Count)], tokens);
            Assert.True(tokens.Count > 0);
        }

        engine.CheckIntegrity();
        Assert.Equal((0, 0, 0), (engine.Statistics.Running, engine.Statistics.Waiting, engine.Statistics.HeldBlocks));
    }

    private async Task<List<int>> RunAsync(TokenRequest request, int leaveAfter)
    {
        // A cache that is shorter than a prompt with its answer cuts the answer off.
        var most = Math.Min(request.MaxTokens, engine.Model.ContextLength - request.PromptIds.Count);
        List<int> tokens = [];
        await foreach (var token in engine.GenerateAsync(request))
        {
            engine.CheckIntegrity();
            tokens.Add(token.Id);
            if (tokens.Count == leaveAfter)
            {
                return tokens;
            }

            Assert.Equal(tokens.Count == most, token.Finish is not null);
        }

        Assert.Equal(most, tokens.Count);
        return tokens;
    }

    private TokenRequest Request(int longest)
    {
        var (shared, own) = (random.Next(longest), random.Next(1, 8));
        return new TokenRequest
        {
            Adapter = _adapters[random.Next(_adapters.Length)],
            PromptIds = [.. _beginnings[random.Next(2)][..shared], .. Enumerable.Range(0, own).Select(_ => random.Next(3, 500))],
            MaxTokens = random.Next(1, longest),
            IgnoreEos = true,
            Origin = new()
            {
                Tenant = "tenant " + random.Next(3),
                Priority = (SchedulingPriority)random.Next(3),
                CacheSalt = random.Next(4) == 0 ? "salt" : null,
            },
            Sampling = random.Next(2) == 0
                ? new() { Temperature = 0 }
                : new() { Seed = random.Next(), Temperature = 1.5, TopP = 0.9, RepetitionPenalty = 1.1, PresencePenalty = 0.5 },
        };
    }
}
