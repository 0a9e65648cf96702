using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuHead : IHead
{
    private readonly CpuBackend _backend;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly WeightMatrix _weights;

    public CpuHead(CpuBackend backend, float[] norm, float epsilon, WeightMatrix weights)
    {
        (_backend, _norm, _epsilon, _weights) = (backend, norm, epsilon, weights);
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
        var logits = _backend.Logits(wanted.Count, _weights.Rows);
        MatrixProduct.Multiply(_backend.Team, normed, width, wanted.Count, _weights, logits, _weights.Rows);
    }
}
