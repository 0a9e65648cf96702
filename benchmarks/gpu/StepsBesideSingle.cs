using System.Globalization;
using Gateway.Engine;
using Gateway.Engine.Adapters;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Synthesis;

namespace Gateway.Benchmarks.Gpu;

/// <summary>
/// Whether products of weights in 8-bit floating point, or adapters of every layer, are right on this device: logits of a few layers at the
/// published widths beside those of the same model in float32. Steps of every number of tokens that has kernels of its own.
/// </summary>
internal static class StepsBesideSingle
{
    private const int BlockSize = 64;
    private const int Rank = 16;

    // bfloat16's own noise, by far; a rounding that falls otherwise chooses another expert of a random router now and then, so medians count.
    private const double MostDifference = 0.05;

    private static readonly (int Tokens, int Times)[] Steps =
        [(1, 9), (2, 8), (5, 4), (8, 3), (20, 1), (50, 1), (200, 1), (Float8Kernels.MaxTokens, 1), (1000, 1)];

    /// <param name="args">The number of layers, if given.</param>
    /// <param name="isFloat8">Whether weights are in 8-bit floating point.</param>
    /// <param name="hasAdapter">Whether the sequence is under an adapter.</param>
    public static int Run(string[] args, bool isFloat8, bool hasAdapter)
    {
        var layers = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 4;
        var shape = SyntheticShape.V2Lite with { Layers = layers, Experts = 16, Vocabulary = 4096 };
        var (expected, actual) = (Logits(shape, ElementType.Float32, isFloat8, hasAdapter), Logits(shape, ElementType.BFloat16, isFloat8, hasAdapter));
        var (isRight, first) = (true, 0);
        foreach (var (tokens, times) in Steps)
        {
            double[] differences = [.. expected.Zip(actual, JoinedSteps.Difference).Skip(first).Take(tokens * times).Order()];
            first += tokens * times;
            var median = differences[differences.Length / 2];
            isRight &= median <= MostDifference && differences.All(double.IsFinite);
            Console.WriteLine(FormattableString.Invariant($"  {tokens,4} tokens: median difference {median:E1}, largest {differences[^1]:E1}"));
        }

        Console.WriteLine(isRight ? "all within bfloat16's noise" : "NOT all within bfloat16's noise");
        return isRight ? 0 : 1;
    }

    /// <summary>Of every token of one sequence, step by step.</summary>
    private static float[][] Logits(SyntheticShape shape, ElementType type, bool isFloat8, bool hasAdapter)
    {
        using var files = new SyntheticModelFiles(shape, SyntheticFolder.Seed, isFloat8);
        var options = new EngineOptions
        {
            ModelPath = shape.Name,
            MaxStepTokens = 1024,
            MaxRunningSequences = 1024,
            BlockSize = BlockSize,
            KvCacheTokens = 2048,
        };
        using var checkpoint = files.OpenWeights();
        var adapters = hasAdapter ? new AdapterSet([SyntheticAdapter.Create(checkpoint, "all layers", seed: 1, Rank)]) : AdapterSet.Empty;
        var (model, loaded) = Device.Load(files, Device.Open(), type, options, adapters: adapters);
        using var backend = (CudaBackend)loaded;
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Device.Sizes(options).TotalBlocks, BlockSize);
        int[] blocks = [.. Enumerable.Range(0, Device.Sizes(options).TotalBlocks)];
        int[] ids = [.. Enumerable.Range(0, Steps.Sum(step => step.Tokens * step.Times)).Select(i => (int)(((i * 7919L) + 13) % model.VocabularySize))];
        List<float[]> logits = [];
        foreach (var tokens in Steps.SelectMany(step => Enumerable.Repeat(step.Tokens, step.Times)))
        {
            logits.AddRange(Device.Forward(model, backend, cache, ids[logits.Count..(logits.Count + tokens)], logits.Count, blocks, tokens, adapters.Adapters.Count));
        }

        return [.. logits];
    }
}
