using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuHead : IHead
{
    private readonly CpuBackend _backend;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly CpuLinears _linear;

    /// <summary>Of the step's <see cref="StepBatch.StateTokens"/>; taken when the first are wanted.</summary>
    private float[] _states = [];

    public CpuHead(CpuBackend backend, float[] norm, float epsilon, CpuMatrix weights)
    {
        (_backend, _norm, _epsilon, _linear) = (backend, norm, epsilon, new CpuLinears(new CpuLinear(weights, null, null)));
        _linear.Reserve(backend.Inputs, backend.MaxTokens);
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
        Multiply(wanted.Count);
    }

    public void Project(int first, int count)
    {
        ReadStates(first, _backend.Scratch.Normed.AsSpan(0, count * _norm.Length));
        Multiply(count);
    }

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

    /// <summary>The logits of the first vectors of the scratch.</summary>
    private void Multiply(int rows)
    {
        _backend.Inputs.Take(_backend.Team, _backend.Scratch.Normed, rows, _norm.Length, _linear.Reads);
        _linear.Apply(_backend.Team, _backend.Inputs, rows, _backend.Logits(rows, _linear.Outputs), _linear.Outputs);
    }
}
