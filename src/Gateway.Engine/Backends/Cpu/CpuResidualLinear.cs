using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuResidualLinear : IResidualLinear
{
    private readonly CpuBackend _backend;
    private readonly CpuLinears _linear;

    public CpuResidualLinear(CpuBackend backend, Linear linear)
    {
        (_backend, _linear) = (backend, new CpuLinears(new CpuLinear(backend, linear)));
        _linear.Reserve(backend.Inputs, backend.MaxTokens);
        backend.Scratch.Reserve(linear.Outputs);
    }

    public void Add(IRows x, IRows hidden)
    {
        var (tokens, inputs, added) = (_backend.Batch.TokenCount, _backend.Inputs, _backend.Scratch.Added);
        inputs.Take(_backend.Team, ((CpuRows)x).Values, tokens, x.Columns, _linear.Reads, _backend.Adapters);
        _linear.Apply(_backend.Team, inputs, tokens, added, _linear.Outputs);
        _backend.AddTo(hidden, added);
    }
}
