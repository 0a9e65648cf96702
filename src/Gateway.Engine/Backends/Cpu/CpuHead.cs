using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuHead : IHead
{
    private readonly CpuBackend _backend;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly CpuLinears _linear;

    public CpuHead(CpuBackend backend, float[] norm, float epsilon, CpuMatrix weights)
    {
        (_backend, _norm, _epsilon, _linear) = (backend, norm, epsilon, new CpuLinears(new CpuLinear(weights, null)));
        _linear.Reserve(backend.Inputs, backend.MaxTokens);
        backend.Scratch.Reserve(norm.Length);
    }

    public void Apply(IRows hidden)
    {
        // Only where an answer is wanted.
        var (wanted, normed, width) = (_backend.Batch.LogitTokens, _backend.Scratch.Normed, _norm.Length);
        if (wanted.Count == 0)
        {
            return;
        }

        for (var i = 0; i < wanted.Count; i++)
        {
            Normalization.RmsNorm(((CpuRows)hidden).Row(wanted[i]), _norm, _epsilon, normed.AsSpan(i * width, width));
        }

        _backend.Observer?.OnValues("final_norm", normed.AsSpan(0, wanted.Count * width));
        _backend.Inputs.Take(_backend.Team, normed, wanted.Count, width, _linear.ReadsQuantized);
        _linear.Apply(_backend.Team, _backend.Inputs, wanted.Count, _backend.Logits(wanted.Count, _linear.Outputs), _linear.Outputs);
    }
}
