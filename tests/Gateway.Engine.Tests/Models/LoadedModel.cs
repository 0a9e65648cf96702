using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;

namespace Gateway.Engine.Tests.Models;

/// <summary>A model and where it computes.</summary>
internal sealed record LoadedModel(ILanguageModel Model, IBackend Backend)
{
    public static LoadedModel OnCpu(string folder)
    {
        var backend = new CpuBackend(new CpuTeam(Environment.ProcessorCount), ModelRun.MaxStepTokens);
        return new LoadedModel(ModelLoader.Load(folder, backend, default), backend);
    }
}
