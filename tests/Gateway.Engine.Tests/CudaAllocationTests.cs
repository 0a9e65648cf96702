using Gateway.Engine.Execution;
using Gateway.Engine.Models;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>What the engine's loop allocates between two replays of a step on a GPU: nothing, tokens chosen and handed out included.</summary>
public sealed class CudaAllocationTests
{
    private const int Tokens = 1_000;
    private const int Requests = 3;

    /// <summary>So many steps in a row count: a new shape may allocate in between.</summary>
    private const int CleanSteps = 200;

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Loop_HundredsOfReplayedSteps_AllocateNothing(bool isSampled)
    {
        var gpu = new IdleGpu();
        var options = new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            MaxStepTokens = 32,
            MaxRunningSequences = Requests,
            KvCacheTokens = Requests * (Tokens + 100),
            BlockSize = 16,
        };
        using var files = ModelFiles.Open(options.ModelPath);
        await using var engine = InferenceEngine.Load(options, new CudaDevice(gpu), files, progress: null, default);
        var (meter, read) = (new AllocationMeter(), 0);
        var (drawn, drawnLast, steps) = (0, 0, 0);
        gpu.OnLaunch = (kernel, grid) =>
            (drawn, drawnLast, steps) = kernel.Name == "sample" ? (drawn + grid.X, grid.X, steps + 1) : (drawn, drawnLast, steps);
        gpu.OnReplay = () =>
        {
            // Tokens that pile up take memory. Those of the step before may be under way still, and one of each answer is thrown away at its end.
            var spin = new SpinWait();
            while (Volatile.Read(ref read) < drawn - drawnLast - Requests)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            meter.Mark();
        };
        var answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(async request =>
        {
            var count = 0;
            await foreach (var token in engine.GenerateAsync(new TokenRequest
            {
                PromptIds = [5, 9, 33 + request],
                MaxTokens = Tokens,
                IgnoreEos = true,
                Sampling = isSampled
                    ? new() { Seed = request, Temperature = 0.8, TopP = 0.9, PresencePenalty = 0.1, LogitBias = new Dictionary<int, float> { [7] = 1 } }
                    : new() { Temperature = 0 },
            }))
            {
                count++;
                Interlocked.Increment(ref read);
            }

            return count;
        }));

        Assert.All(answers, count => Assert.Equal(Tokens, count));
        Assert.True(steps < Tokens + CleanSteps, $"{steps} steps: answers did not go on together.");
        Assert.True(meter.LongestClean >= CleanSteps, $"At most {meter.LongestClean} steps in a row allocated nothing; {meter.Bytes} bytes in all.");
    }
}
