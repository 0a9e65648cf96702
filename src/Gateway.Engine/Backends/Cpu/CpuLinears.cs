using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>Linear layers over the same inputs, whose outputs lie side by side in one row. The team shares the rows of all of them.</summary>
internal sealed class CpuLinears : ITeamWork
{
    private readonly CpuLinear[] _parts;
    private readonly int _units;
    private readonly long _weights;
    private readonly CpuShrink? _shrink;
    private CpuInputs? _x;
    private Memory<float> _y;
    private int _yStride;
    private int _tokens;

    public CpuLinears(params CpuLinear[] parts)
    {
        _parts = parts;
        foreach (var part in parts)
        {
            _units += Units(part);
            _weights += (long)part.Weights.Rows * part.Weights.Columns;
            Outputs += part.Outputs;
            Reads |= part.Weights.Reads;
            LowRankWidth += part.LowRankWidth;
        }

        _shrink = LowRankWidth > 0 ? new CpuShrink(parts.Length) : null;
    }

    public int Inputs => _parts[0].Weights.Columns;

    public int Outputs { get; }

    /// <summary>The forms of their inputs that they read.</summary>
    public InputForms Reads { get; }

    /// <summary>Room that the adapters of all parts take in <see cref="CpuInputs.LowRank"/>.</summary>
    public int LowRankWidth { get; }

    /// <summary>Makes room for the inputs.</summary>
    public void Reserve(CpuInputs x, int tokens)
    {
        foreach (var part in _parts)
        {
            x.Reserve(tokens, part.Weights);
        }

        if (LowRankWidth > 0)
        {
            x.ReserveAdapters(tokens, LowRankWidth);
        }
    }

    /// <param name="team">Shares the work.</param>
    /// <param name="x">tokens vectors of <see cref="Inputs"/> values.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="y">Receives <see cref="Outputs"/> values per token.</param>
    /// <param name="yStride">Distance between those of one token and those of the next.</param>
    public void Apply(CpuTeam team, CpuInputs x, int tokens, Memory<float> y, int yStride)
    {
        if (_shrink is not null)
        {
            _shrink.Clear();
            foreach (var part in _parts)
            {
                _shrink.Add(part, x, 0, tokens);
            }

            _shrink.Run(team);
        }

        (_x, _tokens, _y, _yStride) = (x, tokens, y, yStride);
        team.For(_units, tokens * _weights, CpuMatrix.RowsAtOnce(tokens) / CpuMatrix.RowAlignment, this);
    }

    void ITeamWork.Run(int from, int to)
    {
        var (first, offset) = (0, 0);
        foreach (var part in _parts)
        {
            var units = Units(part);
            var row = Math.Max(from - first, 0) * CpuMatrix.RowAlignment;
            var end = Math.Min((to - first) * CpuMatrix.RowAlignment, part.Outputs);
            if (row < end)
            {
                part.Apply(_x!, 0, _tokens, row, end, _y.Span[(offset + row)..], _yStride);
            }

            first += units;
            offset += part.Outputs;
        }
    }

    private static int Units(CpuLinear part) => (part.Outputs + CpuMatrix.RowAlignment - 1) / CpuMatrix.RowAlignment;
}
