using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>Runs a model on the host's cores.</summary>
internal sealed class CpuStepRunner(ILanguageModel model, CpuBackend backend, IKvCache cache, int maxRows)
    : HostStepRunner(model.VocabularySize, maxRows, backend.Team)
{
    private float[] _states = [];

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

    protected override ReadOnlySpan<float> States(int first, int count)
    {
        var values = count * model.HiddenSize;
        if (_states.Length < values)
        {
            _states = new float[values];
        }

        backend.ReadStates(first, _states.AsSpan(0, values));
        return _states.AsSpan(0, values);
    }

    protected override void Project(int first, int count, Memory<float> logits)
    {
        backend.ProjectStates(first, count);
        backend.ReadLogits(logits);
    }
}
