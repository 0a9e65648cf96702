using System.Runtime.CompilerServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>down(silu(gate(x)) · up(x)) in the host's memory, in pieces that several threads can take.</summary>
internal sealed class CpuGatedMlp
{
    /// <summary>Inner channels that are computed together.</summary>
    public const int UnitChannels = 2 * CpuMatrix.RowAlignment;

    // Intermediate results of so many vectors and rows lie on the stack.
    private const int VectorsAtOnce = 48;
    private const int RowsAtOnce = 4 * CpuMatrix.RowAlignment;

    private readonly CpuLinear _gate;
    private readonly CpuLinear _up;
    private readonly CpuLinear _down;

    public CpuGatedMlp(CpuBackend backend, GatedMlp weights)
    {
        _gate = new CpuLinear(backend, weights.Gate);
        _up = new CpuLinear(backend, weights.Up, _gate.LowRankWidth);
        _down = new CpuLinear(backend, weights.Down);
    }

    /// <summary>Width of input and output.</summary>
    public int HiddenSize => _down.Outputs;

    public int InnerSize => _gate.Outputs;

    /// <summary>How many units of <see cref="UnitChannels"/> there are.</summary>
    public int Units => (InnerSize + UnitChannels - 1) / UnitChannels;

    /// <summary>The forms of their inputs that the first layers read.</summary>
    public InputForms Reads => _gate.Weights.Reads | _up.Weights.Reads;

    /// <summary>The form of its inputs that adapters read: float32, if there are any.</summary>
    public InputForms AdaptersRead => _gate.LowRankWidth + _up.LowRankWidth > 0 ? InputForms.Float32 : InputForms.None;

    /// <summary>Likewise, of the activations.</summary>
    public InputForms InnerAdaptersRead => _down.LowRankWidth > 0 ? InputForms.Float32 : InputForms.None;

    /// <summary>Makes room for so many inputs, and for what lies between the layers.</summary>
    public void Reserve(CpuInputs x, CpuInputs inner, int vectors, bool gathers = false)
    {
        x.Reserve(vectors, _gate.Weights, gathers);
        x.Reserve(vectors, _up.Weights, gathers);
        inner.Reserve(vectors, _down.Weights, stores: true);
        if (AdaptersRead != InputForms.None || InnerAdaptersRead != InputForms.None)
        {
            x.ReserveAdapters(vectors, _gate.LowRankWidth + _up.LowRankWidth);
        }

        if (gathers && AdaptersRead != InputForms.None)
        {
            x.ReserveValues(vectors, HiddenSize);
        }

        if (InnerAdaptersRead != InputForms.None)
        {
            inner.ReserveValues(vectors, InnerSize);
            inner.ReserveAdapters(vectors, _down.LowRankWidth);
        }
    }

    /// <summary>Begins <paramref name="inner"/> for the activations of vectors.</summary>
    /// <param name="inner">Where they go.</param>
    /// <param name="x">The vectors.</param>
    /// <param name="adaptersRead"><see cref="InnerAdaptersRead"/> of this MLP and of all that share <paramref name="inner"/> with it.</param>
    public void Begin(CpuInputs inner, CpuInputs x, InputForms adaptersRead) =>
        inner.Begin(InnerSize, _down.Weights.Reads | (x.Adapters.IsEmpty ? InputForms.None : adaptersRead), x.Adapters);

    /// <summary>Adds what the adapters of the first layers are to make of some vectors, before <see cref="Activate"/>.</summary>
    public void ShrinkInputs(CpuShrink shrink, CpuInputs x, int first, int count)
    {
        shrink.Add(_gate, x, first, count);
        shrink.Add(_up, x, first, count);
    }

    /// <summary>Adds what the adapters of the last layer are to make of what <see cref="Activate"/> stored, before <see cref="AddDown"/>.</summary>
    public void ShrinkInner(CpuShrink shrink, CpuInputs inner, int first, int count) => shrink.Add(_down, inner, first, count);

    /// <summary>Computes silu(gate(x)) · up(x) for some units.</summary>
    /// <param name="x">Input vectors.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">The first unit.</param>
    /// <param name="to">Where the units end.</param>
    /// <param name="inner">Receives the results as vectors of the same numbers.</param>
    [SkipLocalsInit]
    public void Activate(CpuInputs x, int first, int count, int from, int to, CpuInputs inner)
    {
        Span<float> gates = stackalloc float[VectorsAtOnce * UnitChannels];
        Span<float> ups = stackalloc float[VectorsAtOnce * UnitChannels];
        var width = Math.Max(UnitChannels, CpuMatrix.RowsAtOnce(count));
        var limit = Math.Min(to * UnitChannels, InnerSize);
        for (var channel = from * UnitChannels; channel < limit; channel += width)
        {
            var end = Math.Min(channel + width, limit);
            for (var done = 0; done < count; done += VectorsAtOnce)
            {
                var vectors = Math.Min(VectorsAtOnce, count - done);
                _gate.Apply(x, first + done, vectors, channel, end, gates, width);
                _up.Apply(x, first + done, vectors, channel, end, ups, width);
                for (var vector = 0; vector < vectors; vector++)
                {
                    var activated = gates.Slice(vector * width, end - channel);
                    Normalization.SiluMultiply(activated, ups.Slice(vector * width, end - channel));
                    inner.Store(first + done + vector, channel, activated);
                }
            }
        }
    }

    /// <summary>Adds factor · down(activations) to some channels of the outputs.</summary>
    /// <param name="inner">What <see cref="Activate"/> stored.</param>
    /// <param name="first">The first of its vectors to take.</param>
    /// <param name="tokens">The token of each vector: where its result is added.</param>
    /// <param name="factors">The factor of each; empty where all are 1.</param>
    /// <param name="from">The first channel: a multiple of <see cref="CpuMatrix.RowAlignment"/>.</param>
    /// <param name="to">Where the channels end.</param>
    /// <param name="y">tokens × <see cref="HiddenSize"/> values.</param>
    [SkipLocalsInit]
    public void AddDown(
        CpuInputs inner, int first, ReadOnlySpan<int> tokens, ReadOnlySpan<float> factors, int from, int to, Span<float> y)
    {
        Span<float> products = stackalloc float[VectorsAtOnce * RowsAtOnce];
        ReadOnlySpan<float> one = [1f];
        for (var row = from; row < to; row += RowsAtOnce)
        {
            var rows = Math.Min(RowsAtOnce, to - row);
            for (var done = 0; done < tokens.Length; done += VectorsAtOnce)
            {
                var vectors = Math.Min(VectorsAtOnce, tokens.Length - done);
                _down.Apply(inner, first + done, vectors, row, row + rows, products, rows);
                for (var i = 0; i < vectors; i++)
                {
                    var factor = factors.IsEmpty ? one : factors.Slice(done + i, 1);
                    WeightedSum.Add(products.Slice(i * rows, rows), rows, factor, y.Slice((tokens[done + i] * HiddenSize) + row, rows));
                }
            }
        }
    }
}
