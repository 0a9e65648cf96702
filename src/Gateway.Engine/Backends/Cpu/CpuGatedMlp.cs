using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>down(silu(gate(x)) · up(x)) in the host's memory.</summary>
internal sealed class CpuGatedMlp(GatedMlp weights)
{
    private readonly CpuLinear _gate = new(weights.Gate);
    private readonly CpuLinear _up = new(weights.Up);
    private readonly CpuLinear _down = new(weights.Down);

    /// <param name="backend">Team and scratch.</param>
    /// <param name="x">tokens × hidden size.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="y">tokens × hidden size.</param>
    public void Apply(CpuBackend backend, ReadOnlyMemory<float> x, int tokens, Memory<float> y)
    {
        var (gate, up, inner) = (backend.Scratch.Gate, backend.Scratch.Up, _gate.Outputs);
        _gate.Apply(backend.Team, x, _gate.Inputs, tokens, gate, inner);
        _up.Apply(backend.Team, x, _up.Inputs, tokens, up, inner);
        for (var token = 0; token < tokens; token++)
        {
            Normalization.SiluMultiply(gate.AsSpan(token * inner, inner), up.AsSpan(token * inner, inner));
        }

        _down.Apply(backend.Team, gate, inner, tokens, y, _down.Outputs);
    }
}
