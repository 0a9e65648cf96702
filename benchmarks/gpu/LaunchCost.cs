using System.Diagnostics;
using Gateway.Engine;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;

namespace Gateway.Benchmarks.Gpu;

/// <summary>What launching costs host and device: a step of one sequence on a few layers, as a graph and launch by launch.</summary>
internal static class LaunchCost
{
    private const int BlockSize = 64;
    private const int Repeats = 30;

    public static int Run(int layers)
    {
        var shape = SyntheticShape.V2Lite with { Layers = layers };
        using var files = new SyntheticModelFiles(shape, SyntheticFolder.Seed);
        var options = new EngineOptions
        {
            ModelPath = shape.Name, MaxStepTokens = 1024, MaxRunningSequences = 64, BlockSize = BlockSize, KvCacheTokens = 64 * 1024,
        };
        var gpu = Device.Open();
        var (model, loaded) = Device.Load(files, gpu, ElementType.BFloat16, options);
        var backend = (CudaBackend)loaded;
        using var owned = backend;
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, options.TotalBlocks, BlockSize);
        foreach (var sequences in new[] { 1, 64 })
        {
            var batch = new StepBatch(sequences);
            for (var sequence = 0; sequence < sequences; sequence++)
            {
                batch.Add([(sequence * 7919) + 13], 511, [.. Enumerable.Range(sequence * 8, 8)], 1);
            }

            backend.Load(batch, cache, sequences, 512);
            model.Forward(batch, cache);
            gpu.Synchronize();
            foreach (var (early, shared) in new[] { (false, -1), (false, 100), (true, -1), (true, 100) })
            {
                gpu.LaunchesEarly = early;
                gpu.PreferShared(shared);
                var what = $"{sequences} sequences, early {early}, shared {shared}";
                Measure(gpu, what + ", launch by launch", () => model.Forward(batch, cache));
                using var graph = gpu.Capture(() => model.Forward(batch, cache));
                Measure(gpu, what + ", graph", () => gpu.Replay(graph));
                gpu.UploadGraph(graph);
                Measure(gpu, what + ", graph uploaded", () => gpu.Replay(graph));
            }
        }

        return 0;
    }

    private static void Measure(Gateway.Engine.Kernels.Cuda.Native.CudaGpu gpu, string what, Action work)
    {
        for (var i = 0; i < 5; i++)
        {
            work();
        }

        gpu.Synchronize();
        var clock = Stopwatch.StartNew();
        work();
        var host = clock.Elapsed.TotalMicroseconds;
        gpu.Synchronize();
        var alone = clock.Elapsed.TotalMicroseconds;
        var start = gpu.RecordTimer();
        clock.Restart();
        for (var i = 0; i < Repeats; i++)
        {
            work();
        }

        var all = clock.Elapsed.TotalMicroseconds / Repeats;
        var end = gpu.RecordTimer();
        gpu.Synchronize();
        var device = gpu.Elapsed(start, end) * 1000 / Repeats;
        Console.WriteLine($"{what,-62} host {host,8:F1} us first, {all,8:F1} us on average; alone {alone,8:F1} us; device {device,8:F1} us");
        gpu.FreeTimer(start);
        gpu.FreeTimer(end);
    }
}
