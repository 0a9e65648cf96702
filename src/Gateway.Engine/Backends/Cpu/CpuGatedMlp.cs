using System.Runtime.CompilerServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>down(silu(gate(x)) · up(x)) in the host's memory, in pieces that several threads can take.</summary>
internal sealed class CpuGatedMlp(CpuBackend backend, GatedMlp weights)
{
    /// <summary>Inner channels that are computed together.</summary>
    public const int UnitChannels = 2 * CpuMatrix.RowAlignment;

    // Intermediate results of so many tokens and rows lie on the stack.
    private const int TokensAtOnce = 48;
    private const int RowsAtOnce = 4 * CpuMatrix.RowAlignment;

    private readonly CpuLinear _gate = new(backend, weights.Gate);
    private readonly CpuLinear _up = new(backend, weights.Up);
    private readonly CpuLinear _down = new(backend, weights.Down);

    /// <summary>Width of input and output.</summary>
    public int HiddenSize => _down.Outputs;

    public int InnerSize => _gate.Outputs;

    /// <summary>How many units of <see cref="UnitChannels"/> there are.</summary>
    public int Units => (InnerSize + UnitChannels - 1) / UnitChannels;

    /// <summary>Whether the first layers read the quantised form of their inputs.</summary>
    public bool ReadsQuantized => _gate.Weights.ReadsQuantized || _up.Weights.ReadsQuantized;

    /// <summary>Makes room for so many inputs, and for what lies between the layers for so many.</summary>
    public void Reserve(CpuInputs x, int tokens, CpuInputs inner, int slots)
    {
        x.Reserve(tokens, _gate.Weights);
        x.Reserve(tokens, _up.Weights);
        inner.Reserve(slots, _down.Weights, stores: true);
    }

    /// <summary>Begins <paramref name="inner"/> for this MLP's activations.</summary>
    public void Begin(CpuInputs inner) => inner.Begin(InnerSize, !_down.Weights.ReadsQuantized, _down.Weights.ReadsQuantized);

    /// <summary>Computes silu(gate(x)) · up(x) for some units.</summary>
    /// <param name="x">Input vectors.</param>
    /// <param name="tokens">Which of them.</param>
    /// <param name="from">The first unit.</param>
    /// <param name="to">Where the units end.</param>
    /// <param name="inner">Receives those of the j-th token as vector <paramref name="firstSlot"/> + j.</param>
    /// <param name="firstSlot">The first vector.</param>
    [SkipLocalsInit]
    public void Activate(CpuInputs x, ReadOnlySpan<int> tokens, int from, int to, CpuInputs inner, int firstSlot)
    {
        Span<float> gates = stackalloc float[TokensAtOnce * UnitChannels];
        Span<float> ups = stackalloc float[TokensAtOnce * UnitChannels];
        for (var unit = from; unit < to; unit++)
        {
            var channel = unit * UnitChannels;
            var end = Math.Min(channel + UnitChannels, InnerSize);
            for (var first = 0; first < tokens.Length; first += TokensAtOnce)
            {
                var group = tokens.Slice(first, Math.Min(TokensAtOnce, tokens.Length - first));
                _gate.Apply(x, group, channel, end, gates, UnitChannels);
                _up.Apply(x, group, channel, end, ups, UnitChannels);
                for (var token = 0; token < group.Length; token++)
                {
                    var activated = gates.Slice(token * UnitChannels, end - channel);
                    Normalization.SiluMultiply(activated, ups.Slice(token * UnitChannels, end - channel));
                    inner.Store(firstSlot + first + token, channel, activated);
                }
            }
        }
    }

    /// <summary>Adds factor · down(activations) to some channels of the outputs.</summary>
    /// <param name="inner">What <see cref="Activate"/> stored.</param>
    /// <param name="slots">Which of its vectors.</param>
    /// <param name="tokens">The token of each.</param>
    /// <param name="factors">The factor of each; empty where all are 1.</param>
    /// <param name="from">The first channel: a multiple of <see cref="CpuMatrix.RowAlignment"/>.</param>
    /// <param name="to">Where the channels end.</param>
    /// <param name="y">tokens × <see cref="HiddenSize"/> values.</param>
    [SkipLocalsInit]
    public void AddDown(
        CpuInputs inner, ReadOnlySpan<int> slots, ReadOnlySpan<int> tokens, ReadOnlySpan<float> factors, int from, int to, Span<float> y)
    {
        Span<float> products = stackalloc float[TokensAtOnce * RowsAtOnce];
        ReadOnlySpan<float> one = [1f];
        for (var row = from; row < to; row += RowsAtOnce)
        {
            var rows = Math.Min(RowsAtOnce, to - row);
            for (var first = 0; first < slots.Length; first += TokensAtOnce)
            {
                var group = slots.Slice(first, Math.Min(TokensAtOnce, slots.Length - first));
                _down.Apply(inner, group, row, row + rows, products, rows);
                for (var i = 0; i < group.Length; i++)
                {
                    var factor = factors.IsEmpty ? one : factors.Slice(first + i, 1);
                    WeightedSum.Add(products.Slice(i * rows, rows), rows, factor, y.Slice((tokens[first + i] * HiddenSize) + row, rows));
                }
            }
        }
    }
}
