using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Tests.Models;

/// <summary>A model and where it computes.</summary>
internal sealed record LoadedModel(ILanguageModel Model, IBackend Backend)
{
    /// <param name="path">A folder or a GGUF file.</param>
    /// <param name="quantization">What becomes of large matrices.</param>
    public static LoadedModel OnCpu(string path, Quantization quantization = Quantization.None)
    {
        var backend = new CpuBackend(new CpuTeam(Environment.ProcessorCount), ModelRun.MaxStepTokens);
        using var files = ModelFiles.Open(path);
        return new LoadedModel(ModelLoader.Load(files, backend, quantization, progress: null, default), backend);
    }
}
