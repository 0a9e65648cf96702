using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuMlp : IFeedForward
{
    private readonly CpuBackend _backend;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly CpuGatedMlp _mlp;
    private readonly CpuMlpSum _sum;

    public CpuMlp(CpuBackend backend, float[] norm, float epsilon, GatedMlp mlp)
    {
        (_backend, _norm, _epsilon) = (backend, norm, epsilon);
        (_mlp, _sum) = (new CpuGatedMlp(backend, mlp), new CpuMlpSum(backend, 1));
        _mlp.Reserve(backend.Inputs, backend.Inner, backend.MaxTokens);
        backend.Scratch.Reserve(norm.Length);
    }

    public void Add(IRows hidden)
    {
        var tokens = _backend.Batch.TokenCount;
        _backend.Norm(RowsView.Of(hidden), _norm, _epsilon);
        _backend.Inputs.Take(_backend.Team, _backend.Scratch.Normed, tokens, _norm.Length, _mlp.Reads, _backend.Adapters);
        _mlp.Begin(_backend.Inner, _backend.Inputs, _mlp.InnerAdaptersRead);
        _sum.Clear();
        _sum.Add(_mlp, _backend.Inputs, _backend.Inner, 0, _backend.Ascending.AsMemory(0, tokens), default);
        _sum.Run((CpuRows)hidden);
    }
}
