using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuProjection : IProjection
{
    private readonly CpuBackend _backend;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly CpuLinears _parts;

    public CpuProjection(CpuBackend backend, float[] norm, float epsilon, ReadOnlySpan<Linear> parts)
    {
        (_backend, _norm, _epsilon) = (backend, norm, epsilon);
        var layers = new CpuLinear[parts.Length];
        var lowRankPlace = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            layers[i] = new CpuLinear(backend, parts[i], lowRankPlace);
            lowRankPlace += layers[i].LowRankWidth;
        }

        _parts = new CpuLinears(layers);
        _parts.Reserve(backend.Inputs, backend.MaxTokens);
        backend.Scratch.Reserve(norm.Length);
    }

    public void Apply(RowsView x, IRows y)
    {
        var (tokens, inputs) = (_backend.Batch.TokenCount, _backend.Inputs);
        _backend.Norm(x, _norm, _epsilon);
        inputs.Take(_backend.Team, _backend.Scratch.Normed, tokens, _norm.Length, _parts.Reads, _backend.Adapters);
        _parts.Apply(_backend.Team, inputs, tokens, ((CpuRows)y).Values, y.Columns);
    }
}
