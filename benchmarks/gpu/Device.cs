using Gateway.Engine;
using Gateway.Engine.Adapters;
using Gateway.Engine.Backends;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Kernels.Cuda.Native;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Benchmarks.Gpu;

/// <summary>The GPU of this machine, and models on it.</summary>
internal static class Device
{
    public static string KernelCache { get; } = Path.Combine(Path.GetTempPath(), "gateway-kernels");

    public static EngineSizes Sizes(EngineOptions options) => EngineSizes.Of(options, ComputeDevice.Cuda);

    public static CudaGpu Open() => new(0, KernelCache);

    public static (ILanguageModel Model, IBackend Backend) Load(
        ModelFiles files, IGpu gpu, ElementType type, EngineOptions options, bool joinsLaunches = false, long prefetchBytes = 0,
        AdapterSet? adapters = null)
    {
        var backend = new CudaDevice(gpu) { Type = type, JoinsLaunches = joinsLaunches, PrefetchBytes = prefetchBytes }.CreateBackend(options, Sizes(options));
        return (ModelLoader.Load(files, backend, Quantization.None, progress: null, default, adapters), backend);
    }

    /// <summary>Runs consecutive tokens of one sequence, under the adapter of that number, and gives their logits.</summary>
    public static float[][] Forward(ILanguageModel model, IBackend backend, IKvCache cache, int[] ids, int first, int[] blocks, int logits, int adapter = 0)
    {
        var batch = new StepBatch(ids.Length);
        batch.Add(ids, first, blocks, logits, adapter);
        model.Forward(batch, cache);
        var rows = new float[logits * model.VocabularySize];
        backend.ReadLogits(rows);
        return [.. rows.Chunk(model.VocabularySize)];
    }

    public static int Best(float[] logits) => Array.IndexOf(logits, logits.Max());
}
