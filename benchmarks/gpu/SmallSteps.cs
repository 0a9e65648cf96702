using Gateway.Engine;
using Gateway.Engine.Adapters;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;

namespace Gateway.Benchmarks.Gpu;

/// <summary>
/// A few steps of every kind at the published widths but with few experts and a small vocabulary, for compute-sanitizer, which slows
/// kernels down a hundredfold: a long prompt, its next chunk, and 1, 5 and 20 sequences that decode, with their tokens drawn.
/// </summary>
internal static class SmallSteps
{
    private const int BlockSize = 64;

    // Of joined launches; more than these weights take.
    private const long PrefetchBytes = 1 << 30;

    public static int Run(bool withPrompts, bool joinsLaunches, bool isFloat8, bool hasAdapters)
    {
        var shape = SyntheticShape.V2Lite with { Layers = 2, Experts = 16, Vocabulary = 4096, InnerSize = 2048 };
        using var files = new SyntheticModelFiles(shape, SyntheticFolder.Seed, isFloat8);
        var options = new EngineOptions { ModelPath = shape.Name, MaxStepTokens = 512, MaxRunningSequences = 32, BlockSize = BlockSize, KvCacheTokens = 32 * 1024 };
        using var checkpoint = files.OpenWeights();
        var adapters = hasAdapters ? new AdapterSet([SyntheticAdapter.Create(checkpoint, "all layers", seed: 1, rank: 16)]) : AdapterSet.Empty;
        var (model, loaded) = Device.Load(files, Device.Open(), ElementType.BFloat16, options, joinsLaunches, PrefetchBytes, adapters);
        var backend = (CudaBackend)loaded;
        using var owned = backend;
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Device.Sizes(options).TotalBlocks, BlockSize);
        int[] blocks = [.. Enumerable.Range(0, 16)];
        int[] ids = [.. Enumerable.Range(0, 500).Select(i => (i * 31) % shape.Vocabulary)];
        if (withPrompts)
        {
            Step(model, cache, batch => batch.Add(ids.AsSpan(0, 400), 0, blocks, 1, adapters.Adapters.Count));
            Step(model, cache, batch => batch.Add(ids.AsSpan(400, 60), 400, blocks, 1, adapters.Adapters.Count));
        }

        foreach (var sequences in new[] { 1, 5, 20 })
        {
            Step(model, cache, batch =>
            {
                for (var sequence = 0; sequence < sequences; sequence++)
                {
                    // Every other one under the adapter, if there is one.
                    batch.Add([sequence], 10 * sequence, [.. Enumerable.Range(16 + (4 * sequence), 4)], 1, sequence % (1 + adapters.Adapters.Count));
                }
            });
        }

        var logits = new float[20 * shape.Vocabulary];
        backend.ReadLogits(logits);
        var isFinite = logits.All(float.IsFinite);
        Console.WriteLine(isFinite ? "all logits are finite" : "some logits are NOT finite");
        return isFinite ? 0 : 1;
    }

    private static void Step(ILanguageModel model, Gateway.Engine.KvCache.IKvCache cache, Action<StepBatch> fill)
    {
        var batch = new StepBatch(512);
        fill(batch);
        model.Forward(batch, cache);
    }
}
