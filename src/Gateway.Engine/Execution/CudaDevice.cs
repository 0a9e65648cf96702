using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Kernels.Cuda.Native;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>An NVIDIA GPU.</summary>
internal sealed class CudaDevice : ExecutionDevice
{
    private readonly IGpu _gpu;

    /// <exception cref="GpuException">There is none, it is too old, or a library is missing.</exception>
    public CudaDevice(EngineOptions options)
        : this(new CudaGpu(0, options.KernelCachePath ?? DefaultKernelCache()))
    {
    }

    public CudaDevice(IGpu gpu) => _gpu = gpu;

    /// <summary>float32 compares with other implementations; bfloat16 is what checkpoints are made for.</summary>
    public ElementType Type { get; init; } = ElementType.BFloat16;

    /// <summary>As <see cref="CudaOptions.JoinsLaunches"/>.</summary>
    public bool JoinsLaunches { get; init; }

    /// <summary>As <see cref="CudaOptions.PrefetchBytes"/>.</summary>
    public long PrefetchBytes { get; init; }

    public override ComputeDevice Kind => ComputeDevice.Cuda;

    public override IBackend CreateBackend(EngineOptions options, EngineSizes sizes) => new CudaBackend(_gpu, Type, new CudaOptions
    {
        MaxTokens = sizes.MaxStepTokens,
        MaxLogitRows = sizes.MaxRunningSequences,
        BlockSize = sizes.BlockSize,
        SlabRows = Math.Max(CudaOptions.DefaultSlabRows, sizes.MaxStepTokens),
        JoinsLaunches = JoinsLaunches,
        PrefetchBytes = PrefetchBytes,
    });

    public override IStepRunner CreateRunner(ILanguageModel model, IBackend backend, IKvCache cache, EngineSizes sizes, int contextLength) =>
        new CudaStepRunner(model, (CudaBackend)backend, cache, sizes.MaxRunningSequences, contextLength);

    private static string DefaultKernelCache()
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "gateway", "kernels");
    }
}
