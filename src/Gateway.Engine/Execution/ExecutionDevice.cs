using Gateway.Engine.Backends;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>The device that <see cref="EngineOptions.Device"/> leads to: it makes backend and step runner, which fit each other.</summary>
internal abstract class ExecutionDevice
{
    /// <summary>Why it is this device, and these kernels, and not faster ones; null when there is nothing to say.</summary>
    public string? Note { get; private protected set; }

    /// <exception cref="EngineOptionsException">A GPU was asked for, and there is none that can be used.</exception>
    public static ExecutionDevice Choose(EngineOptions options)
    {
        if (options.Device == ComputeDevice.Cpu)
        {
            return new CpuDevice();
        }

        try
        {
            return new CudaDevice(options);
        }
        catch (GpuException exception)
        {
            return options.Device == ComputeDevice.Auto
                ? CpuDevice.InsteadOfGpu(exception.Message)
                : throw new EngineOptionsException([$"{nameof(options.Device)} is cuda, and no GPU can be used: {exception.Message}"]);
        }
    }

    /// <summary>Not <see cref="ComputeDevice.Auto"/>.</summary>
    public abstract ComputeDevice Kind { get; }

    public abstract IBackend CreateBackend(EngineOptions options, EngineSizes sizes);

    /// <param name="model">A model on the backend that this device made.</param>
    /// <param name="backend">That backend; the runner owns it.</param>
    /// <param name="cache">That backend's cache; the runner owns it.</param>
    /// <param name="sizes">Those that the backend was made with.</param>
    /// <param name="contextLength">Most tokens of a sequence.</param>
    public abstract IStepRunner CreateRunner(ILanguageModel model, IBackend backend, IKvCache cache, EngineSizes sizes, int contextLength);
}
