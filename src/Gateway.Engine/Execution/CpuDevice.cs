using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Native;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>The host's cores.</summary>
internal sealed class CpuDevice : ExecutionDevice
{
    /// <summary>For when a GPU was wanted, but not at any price.</summary>
    /// <param name="reason">Why there is none: a sentence.</param>
    public static CpuDevice InsteadOfGpu(string reason) => new() { Note = "No GPU is used: " + reason };

    public override ComputeDevice Kind => ComputeDevice.Cpu;

    public override IBackend CreateBackend(EngineOptions options, EngineSizes sizes)
    {
        var pin = options.PinThreads ?? ProcessorAffinity.HasOwnProcessors();
        var kernels = CpuKernelSet.Choose(options.CpuKernels, options.MatrixInputs);
        Note = Note is null || kernels.Note is null ? Note ?? kernels.Note : $"{Note} {kernels.Note}";
        var team = new CpuTeam(options.Threads ?? Environment.ProcessorCount, pin);
        return new CpuBackend(team, sizes.MaxStepTokens, options.KvCacheType) { Kernels = kernels };
    }

    public override IStepRunner CreateRunner(ILanguageModel model, IBackend backend, IKvCache cache, EngineSizes sizes, int contextLength) =>
        new CpuStepRunner(model, (CpuBackend)backend, cache, sizes.MaxRunningSequences);
}
