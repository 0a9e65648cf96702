using Gateway.Engine.Adapters;
using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Tests.Models;

/// <summary>A model and where it computes.</summary>
internal sealed record LoadedModel(ILanguageModel Model, IBackend Backend)
{
    /// <param name="path">A folder or a GGUF file.</param>
    /// <param name="quantization">What becomes of large matrices.</param>
    /// <param name="threads">How many compute; null: one per processor.</param>
    /// <param name="cacheType">What the KV cache keeps numbers as.</param>
    /// <param name="kernels">What multiplies matrices of 8 and 4 bits; null: the fastest set that runs here.</param>
    /// <param name="adapters">What it is loaded with.</param>
    public static LoadedModel OnCpu(
        string path, Quantization quantization = Quantization.None, int? threads = null, KvCacheType cacheType = KvCacheType.F32,
        CpuKernelSet? kernels = null, params IReadOnlyList<LoraAdapter> adapters)
    {
        using var files = ModelFiles.Open(path);
        return OnCpu(files, quantization, threads, cacheType, kernels, adapters);
    }

    public static LoadedModel OnCpu(
        ModelFiles files, Quantization quantization = Quantization.None, int? threads = null, KvCacheType cacheType = KvCacheType.F32,
        CpuKernelSet? kernels = null, params IReadOnlyList<LoraAdapter> adapters)
    {
        var team = new CpuTeam(threads ?? Environment.ProcessorCount);
        var backend = new CpuBackend(team, ModelRun.MaxStepTokens, cacheType) { Kernels = kernels ?? CpuKernelSet.Best };
        return new LoadedModel(ModelLoader.Load(files, backend, quantization, progress: null, default, new AdapterSet(adapters)), backend);
    }

    /// <summary>On the GPU backend, whose kernels a CPU runs.</summary>
    public static LoadedModel OnEmulatedGpu(string folder, ElementType type, params IReadOnlyList<LoraAdapter> adapters)
    {
        using var files = ModelFiles.Open(folder);
        return OnGpu(new EmulatedGpu(), files, type, adapters);
    }

    /// <summary>On the GPU backend over a device of the caller's choice, which the backend owns.</summary>
    public static LoadedModel OnGpu(IGpu gpu, ModelFiles files, ElementType type, params IReadOnlyList<LoraAdapter> adapters)
    {
        var options = new CudaOptions { MaxTokens = 128, MaxLogitRows = 128, BlockSize = ModelRun.BlockSize, SlabRows = 128 };
        var backend = new CudaBackend(gpu, type, options);
        return new LoadedModel(ModelLoader.Load(files, backend, Quantization.None, progress: null, default, new AdapterSet(adapters)), backend);
    }
}
