using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuResidualLinear : IResidualLinear
{
    private readonly CpuBackend _backend;
    private readonly CpuLinear _linear;

    public CpuResidualLinear(CpuBackend backend, Linear linear)
    {
        (_backend, _linear) = (backend, new CpuLinear(linear));
        backend.Scratch.Reserve(linear.Outputs);
    }

    public void Add(IRows x, IRows hidden)
    {
        var added = _backend.Scratch.Added;
        _linear.Apply(_backend.Team, ((CpuRows)x).Values, x.Columns, _backend.Batch.TokenCount, added, _linear.Outputs);
        _backend.AddTo(hidden, added);
    }
}
