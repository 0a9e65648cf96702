using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuMlp : IFeedForward
{
    private readonly CpuBackend _backend;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly CpuGatedMlp _mlp;

    public CpuMlp(CpuBackend backend, float[] norm, float epsilon, GatedMlp mlp)
    {
        (_backend, _norm, _epsilon, _mlp) = (backend, norm, epsilon, new CpuGatedMlp(mlp));
        backend.Scratch.Reserve(norm.Length, mlp.InnerSize);
    }

    public void Add(IRows hidden)
    {
        _backend.Norm(RowsView.Of(hidden), _norm, _epsilon);
        _mlp.Apply(_backend, _backend.Scratch.Normed, _backend.Batch.TokenCount, _backend.Scratch.Added);
        _backend.AddTo(hidden, _backend.Scratch.Added);
    }
}
