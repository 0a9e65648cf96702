using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Gateway.Engine;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Synthesis;

namespace Gateway.Benchmarks.Gpu;

/// <summary>Where the time of a step goes, kernel by kernel: each launch between two events, on a model of a few layers.</summary>
internal static class Profile
{
    private const int BlockSize = 64;

    public static int Run(string[] args)
    {
        var layers = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 4;
        var shape = SyntheticShape.V2Lite with { Layers = layers };
        using var files = new SyntheticModelFiles(shape, SyntheticFolder.Seed);
        var options = new EngineOptions
        {
            ModelPath = shape.Name,
            MaxStepTokens = 8192,
            MaxRunningSequences = 256,
            BlockSize = BlockSize,
            KvCacheTokens = 300_000,
        };
        using var gpu = new ProfilingGpu(Device.Open());
        var (model, backend) = Device.Load(files, gpu, ElementType.BFloat16, options);
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Device.Sizes(options).TotalBlocks, BlockSize);
        foreach (var (sequences, context) in new[] { (1, 512), (8, 512), (64, 512), (256, 512), (64, 4096) })
        {
            Measure(gpu, $"decode, {sequences} sequences at {context}", layers, Decoding(sequences, context), batch => model.Forward(batch, cache));
        }

        Measure(gpu, "prefill, 4096 tokens", layers, Prompt(4096), batch => model.Forward(batch, cache));
        Isolate(gpu, (CudaBackend)backend, model, cache);
        SweepExperts(gpu, (CudaBackend)backend, batch => model.Forward(batch, cache));
        return 0;
    }

    /// <summary>A step of one sequence as a graph, as the engine runs it, and its kernels one by one.</summary>
    private static void Isolate(ProfilingGpu gpu, CudaBackend backend, ILanguageModel model, Gateway.Engine.KvCache.IKvCache cache)
    {
        foreach (var (sequences, context) in new[] { (1, 512), (64, 512) })
        {
            var batch = Decoding(sequences, context);
            backend.Load(batch, cache, sequences, context);
            using var graph = gpu.Capture(() => model.Forward(batch, cache));
            Console.WriteLine($"\ndecode, {sequences} sequences at {context}, as a graph: {Time(gpu, () => gpu.Replay(graph)) * 1000:F1} us a step");
            foreach (var (what, count, time) in gpu.Isolate(() => model.Forward(batch, cache)))
            {
                Console.WriteLine($"  {what,-56} {count,3} x {time,8:F2} us");
            }

            var sampler = new SamplerKernels(gpu);
            using var rows = gpu.Allocate(256L * Marshal.SizeOf<SamplerRow>());
            using var results = gpu.Allocate(2048);
            using var scratch = new SamplerScratch(gpu, sequences);
            foreach (var (what, parameters) in new (string, SamplingParameters)[]
            {
                ("greedy", new() { Temperature = 0 }), ("temperature 1, top-p 0.95", new() { Temperature = 1, TopP = 0.95 }),
            })
            {
                var weighs = SamplerRow.IsWeighed(parameters, model.VocabularySize);
                gpu.Upload(MemoryMarshal.AsBytes(Enumerable.Repeat(SamplerRow.Of(parameters, 1, 1, 0, 0), sequences).ToArray().AsSpan()), rows.Pointer);
                var time = Time(gpu, () => sampler.Sample(
                    backend.Logits, sequences, model.VocabularySize, model.VocabularySize, rows.Pointer, rows.Pointer, scratch, results.Pointer,
                    results.Pointer + 1024, weighs: weighs));
                Console.WriteLine($"  sample, {what}: {time * 1000:F1} us");
            }
        }
    }

    /// <summary>The same steps with other forms of the experts' products.</summary>
    private static void SweepExperts(ProfilingGpu gpu, CudaBackend backend, Action<StepBatch> forward)
    {
        Console.WriteLine();
        foreach (var (what, batch) in new[] { ("prompt of 4096", Prompt(4096)), ("64 sequences", Decoding(64, 512)), ("256 sequences", Decoding(256, 512)) })
        {
            foreach (var tile in ExpertTile.All.Where(tile => tile.RunsOn(gpu.Properties)))
            {
                backend.ExpertTile = tile;
                Console.WriteLine($"experts {tile.Suffix,-12} {what,-16} {Time(gpu, () => forward(batch)),9:F3} ms a step");
            }
        }

        backend.ExpertTile = null;
    }

    /// <summary>The same steps with other forms of attention, on two layers.</summary>
    public static int SweepAttention()
    {
        foreach (var tile in new[] { "4x2x64", "4x1x64", "4x2x32", "8x1x64" })
        {
            Try($"prefill attention {tile}", AttentionTuning.Mla with { PrefillTile = tile }, [Prompt(4096), Prompt(8192)]);
        }

        foreach (var (tile, blocks) in new[] { ("32x4", 1), ("32x2", 2), ("64x2", 1) })
        {
            var tuning = AttentionTuning.Mla with { DecodeTile = tile, BlocksPerMultiprocessor = blocks };
            Try($"decode attention {tile}", tuning, [Decoding(1, 512), Decoding(64, 512), Decoding(64, 4096)]);
        }

        return 0;
    }

    private static void Try(string what, AttentionTuning tuning, StepBatch[] batches)
    {
        using var files = new SyntheticModelFiles(SyntheticShape.V2Lite with { Layers = 2 }, SyntheticFolder.Seed);
        const int Blocks = 300_000 / BlockSize;
        var gpu = new ProfilingGpu(Device.Open());
        using var backend = new CudaBackend(gpu, ElementType.BFloat16, new CudaOptions
        {
            MaxTokens = 8192,
            MaxLogitRows = 256,
            BlockSize = BlockSize,
            LatentTuning = tuning,
        });
        var model = ModelLoader.Load(files, backend, Gateway.Engine.Weights.Quantization.None, progress: null, default);
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Blocks, BlockSize);
        foreach (var batch in batches)
        {
            Measure(gpu, $"{what}, {batch.TokenCount} tokens to position {batch.Positions[^1]}", 2, batch, b => model.Forward(b, cache), most: 5);
        }
    }

    private static double Time(ProfilingGpu gpu, Action work)
    {
        for (var i = 0; i < 3; i++)
        {
            work();
        }

        gpu.Synchronize();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 5; i++)
        {
            work();
        }

        gpu.Synchronize();
        return clock.Elapsed.TotalMilliseconds / 5;
    }

    private static void Measure(ProfilingGpu gpu, string what, int layers, StepBatch batch, Action<StepBatch> forward, int most = 14)
    {
        for (var i = 0; i < 3; i++)
        {
            forward(batch);
        }

        gpu.Synchronize();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 5; i++)
        {
            forward(batch);
        }

        gpu.Synchronize();
        var whole = clock.Elapsed.TotalMilliseconds / 5;
        const int Runs = 5;
        gpu.Start();
        for (var i = 0; i < Runs; i++)
        {
            forward(batch);
        }

        var kernels = gpu.Stop();
        var sum = kernels.Sum(kernel => kernel.Milliseconds) / Runs;
        Console.WriteLine($"\n{what}, {layers} layers: {whole:F3} ms a step without events, kernels {sum:F3} ms");
        foreach (var (name, count, milliseconds) in kernels.OrderByDescending(kernel => kernel.Milliseconds).Take(most))
        {
            Console.WriteLine($"  {name,-56} {count / Runs,5} x {milliseconds * 1000 / count,9:F2} us = {milliseconds / Runs,8:F3} ms");
        }
    }

    private static StepBatch Decoding(int sequences, int context)
    {
        var batch = new StepBatch(sequences);
        var perSequence = (context + BlockSize - 1) / BlockSize;
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            int[] blocks = [.. Enumerable.Range(sequence * perSequence, perSequence)];
            batch.Add([(sequence * 7919) + 13], context - 1, blocks, 1);
        }

        return batch;
    }

    private static StepBatch Prompt(int tokens)
    {
        var batch = new StepBatch(tokens);
        int[] ids = [.. Enumerable.Range(0, tokens).Select(i => (int)(((i * 7919L) + 13) % 100_000))];
        batch.Add(ids, 0, [.. Enumerable.Range(0, (tokens + BlockSize - 1) / BlockSize)], 1);
        return batch;
    }
}
