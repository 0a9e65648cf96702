using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>Runs a model on the host's cores.</summary>
internal sealed class CpuStepRunner(ILanguageModel model, CpuBackend backend, IKvCache cache, int maxRows)
    : HostStepRunner(model.VocabularySize, maxRows, backend.Team)
{
    public override void Dispose()
    {
        cache.Dispose();
        backend.Dispose();
    }

    protected override void Compute(StepBatch batch, Memory<float> logits)
    {
        model.Forward(batch, cache);
        backend.ReadLogits(logits);
    }
}
