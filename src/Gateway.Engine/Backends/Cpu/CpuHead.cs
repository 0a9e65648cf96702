using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuHead : IHead
{
    private readonly CpuBackend _backend;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly WeightMatrix _weights;

    /// <summary>Of the step's <see cref="StepBatch.StateTokens"/>; taken when the first are wanted.</summary>
    private float[] _states = [];

    public CpuHead(CpuBackend backend, float[] norm, float epsilon, WeightMatrix weights)
    {
        (_backend, _norm, _epsilon, _weights) = (backend, norm, epsilon, weights);
        backend.Scratch.Reserve(norm.Length);
    }

    public void Apply(IRows hidden)
    {
        KeepStates((CpuRows)hidden);

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
        Multiply(normed, wanted.Count);
    }

    public void Project(int first, int count) => Multiply(_states.AsMemory(first * _norm.Length), count);

    public void ReadStates(int first, Span<float> destination) => _states.AsSpan(first * _norm.Length, destination.Length).CopyTo(destination);

    private void KeepStates(CpuRows hidden)
    {
        var (wanted, width) = (_backend.Batch.StateTokens, _norm.Length);
        if (_states.Length < wanted.Count * width)
        {
            _states = CpuRows.Allocate(_backend.MaxTokens, width);
        }

        for (var i = 0; i < wanted.Count; i++)
        {
            Normalization.RmsNorm(hidden.Row(wanted[i]), _norm, _epsilon, _states.AsSpan(i * width, width));
        }
    }

    private void Multiply(ReadOnlyMemory<float> normed, int rows) =>
        MatrixProduct.Multiply(_backend.Team, normed, _norm.Length, rows, _weights, _backend.Logits(rows, _weights.Rows), _weights.Rows);
}
