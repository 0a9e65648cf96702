using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>Cosines and sines of a step's positions, computed once for all layers that turn alike.</summary>
internal sealed class CpuAngles(RotaryEmbedding rotary, int maxTokens)
{
    private readonly int _pairs = rotary.InverseFrequencies.Length;
    private readonly float[] _cos = CpuRows.Allocate(maxTokens, rotary.InverseFrequencies.Length);
    private readonly float[] _sin = CpuRows.Allocate(maxTokens, rotary.InverseFrequencies.Length);

    public RotaryEmbedding Rotary => rotary;

    public void Fill(ReadOnlySpan<int> positions)
    {
        for (var token = 0; token < positions.Length; token++)
        {
            rotary.Fill(positions[token], _cos.AsSpan(token * _pairs, _pairs), _sin.AsSpan(token * _pairs, _pairs));
        }
    }

    public ReadOnlySpan<float> Cos(int token) => _cos.AsSpan(token * _pairs, _pairs);

    public ReadOnlySpan<float> Sin(int token) => _sin.AsSpan(token * _pairs, _pairs);
}
