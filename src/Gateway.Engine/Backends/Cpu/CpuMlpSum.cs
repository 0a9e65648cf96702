using System.Numerics.Tensors;
using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>
/// hidden += Σ factor · mlp(x) over MLPs that each take some of the step's tokens. Every weight is read once for all tokens that want it,
/// and each token's sum goes in the order of its own MLPs, whatever the batch.
/// </summary>
internal sealed class CpuMlpSum
{
    // Channels of the sum that are computed together.
    private const int UnitChannels = 2 * CpuMatrix.RowAlignment;

    private readonly CpuBackend _backend;
    private readonly Share[] _shares;
    private readonly Activation _activation;
    private readonly Sum _sum;
    private readonly CpuShrink _shrink;
    private int _count;

    /// <param name="backend">Team and buffers.</param>
    /// <param name="most">Most MLPs of a step.</param>
    public CpuMlpSum(CpuBackend backend, int most)
    {
        _backend = backend;
        _shares = new Share[most];
        (_activation, _sum, _shrink) = (new Activation(this), new Sum(this), new CpuShrink(2 * most));
    }

    /// <summary>Forgets the MLPs of the last step.</summary>
    public void Clear() => _count = 0;

    /// <param name="mlp">The MLP.</param>
    /// <param name="x">Its input vectors.</param>
    /// <param name="inner">Where its activations go, begun for this kind of MLP.</param>
    /// <param name="first">The first of its vectors, of the inputs and of the activations; as many as tokens follow.</param>
    /// <param name="tokens">The token of each vector; kept until <see cref="Run"/> has returned.</param>
    /// <param name="factors">A factor for each, kept likewise; empty where all are 1.</param>
    public void Add(CpuGatedMlp mlp, CpuInputs x, CpuInputs inner, int first, Memory<int> tokens, Memory<float> factors)
    {
        var units = (_count == 0 ? 0 : _shares[_count - 1].EndUnit) + mlp.Units;
        _shares[_count++] = new Share(mlp, x, inner, first, tokens, factors, units);
    }

    /// <param name="hidden">Added to.</param>
    public void Run(CpuRows hidden)
    {
        var weights = 0L;
        foreach (ref readonly var share in _shares.AsSpan(0, _count))
        {
            weights += (long)share.Tokens.Length * share.Mlp.InnerSize * share.Mlp.HiddenSize;
        }

        _sum.Hidden = hidden;
        _shrink.Clear();
        foreach (ref readonly var share in _shares.AsSpan(0, _count))
        {
            share.Mlp.ShrinkInputs(_shrink, share.X, share.First, share.Tokens.Length);
        }

        _shrink.Run(_backend.Team);
        _backend.Team.For(_shares[_count - 1].EndUnit, 2 * weights, 1, _activation);
        _shrink.Clear();
        foreach (ref readonly var share in _shares.AsSpan(0, _count))
        {
            share.Mlp.ShrinkInner(_shrink, share.Inner, share.First, share.Tokens.Length);
        }

        _shrink.Run(_backend.Team);
        var unitsAtOnce = Math.Max(1, CpuMatrix.RowsAtOnce(_backend.Batch.TokenCount) / UnitChannels);
        _backend.Team.For((hidden.Columns + UnitChannels - 1) / UnitChannels, weights, unitsAtOnce, _sum);
    }

    private readonly record struct Share(
        CpuGatedMlp Mlp, CpuInputs X, CpuInputs Inner, int First, Memory<int> Tokens, Memory<float> Factors, int EndUnit);

    /// <summary>Over the units of all MLPs, one MLP after the other.</summary>
    private sealed class Activation(CpuMlpSum owner) : ITeamWork
    {
        public void Run(int from, int to)
        {
            var first = 0;
            foreach (ref readonly var share in owner._shares.AsSpan(0, owner._count))
            {
                var (begin, end) = (Math.Max(from - first, 0), Math.Min(to, share.EndUnit) - first);
                if (begin < end)
                {
                    share.Mlp.Activate(share.X, share.First, share.Tokens.Length, begin, end, share.Inner);
                }

                first = share.EndUnit;
            }
        }
    }

    /// <summary>Over the channels of the residual stream, so that one thread has the whole sum of a channel.</summary>
    private sealed class Sum(CpuMlpSum owner) : ITeamWork
    {
        public CpuRows Hidden { get; set; } = null!;

        public void Run(int from, int to)
        {
            var added = owner._backend.Scratch.Added.AsSpan();
            var (width, tokens) = (Hidden.Columns, owner._backend.Batch.TokenCount);
            var channel = from * UnitChannels;
            var end = Math.Min(to * UnitChannels, width);
            for (var token = 0; token < tokens; token++)
            {
                added.Slice((token * width) + channel, end - channel).Clear();
            }

            foreach (ref readonly var share in owner._shares.AsSpan(0, owner._count))
            {
                share.Mlp.AddDown(share.Inner, share.First, share.Tokens.Span, share.Factors.Span, channel, end, added);
            }

            for (var token = 0; token < tokens; token++)
            {
                var target = Hidden.Row(token)[channel..end];
                TensorPrimitives.Add(target, added.Slice((token * width) + channel, end - channel), target);
            }
        }
    }
}
