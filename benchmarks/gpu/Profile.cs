using System.Diagnostics;
using System.Globalization;
using Gateway.Engine;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
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
            ModelPath = shape.Name, MaxStepTokens = 8192, MaxRunningSequences = 256, BlockSize = BlockSize, KvCacheTokens = 300_000,
        };
        using var gpu = new ProfilingGpu(Device.Open());
        var (model, backend) = Device.Load(files, gpu, ElementType.BFloat16, options);
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, options.TotalBlocks, BlockSize);
        foreach (var (sequences, context) in new[] { (1, 512), (8, 512), (64, 512), (256, 512), (64, 4096) })
        {
            Measure(gpu, $"decode, {sequences} sequences at {context}", layers, Decoding(sequences, context), batch => model.Forward(batch, cache));
        }

        Measure(gpu, "prefill, 4096 tokens", layers, Prompt(4096), batch => model.Forward(batch, cache));
        return 0;
    }

    private static void Measure(ProfilingGpu gpu, string what, int layers, StepBatch batch, Action<StepBatch> forward)
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
        foreach (var (name, count, milliseconds) in kernels.OrderByDescending(kernel => kernel.Milliseconds).Take(14))
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
