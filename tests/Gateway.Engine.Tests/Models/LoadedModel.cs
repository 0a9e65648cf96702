using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;

namespace Gateway.Engine.Tests.Models;

/// <summary>A model and where it computes.</summary>
internal sealed record LoadedModel(ILanguageModel Model, IBackend Backend)
{
    public static LoadedModel OnCpu(string folder)
    {
        var backend = new CpuBackend(new CpuTeam(Environment.ProcessorCount), ModelRun.MaxStepTokens);
        return new LoadedModel(ModelLoader.Load(folder, backend, default), backend);
    }

    /// <summary>On the GPU backend, whose kernels a CPU runs.</summary>
    public static LoadedModel OnEmulatedGpu(string folder, ElementType type)
    {
        var options = new CudaOptions { MaxTokens = 128, MaxLogitRows = 128, BlockSize = ModelRun.BlockSize, MaxTableEntries = 4096, SlabRows = 128 };
        var backend = new CudaBackend(new EmulatedGpu(), type, options);
        return new LoadedModel(ModelLoader.Load(folder, backend, default), backend);
    }
}
