using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuProjection : IProjection
{
    private readonly CpuBackend _backend;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly CpuLinear[] _parts;

    public CpuProjection(CpuBackend backend, float[] norm, float epsilon, ReadOnlySpan<Linear> parts)
    {
        (_backend, _norm, _epsilon) = (backend, norm, epsilon);
        _parts = new CpuLinear[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            _parts[i] = new CpuLinear(parts[i]);
        }

        backend.Scratch.Reserve(norm.Length);
    }

    public void Apply(RowsView x, IRows y)
    {
        _backend.Norm(x, _norm, _epsilon);
        var (output, offset) = ((CpuRows)y, 0);
        foreach (var part in _parts)
        {
            part.Apply(
                _backend.Team, _backend.Scratch.Normed, _norm.Length, _backend.Batch.TokenCount, output.Values.AsMemory(offset), output.Columns);
            offset += part.Outputs;
        }
    }
}
