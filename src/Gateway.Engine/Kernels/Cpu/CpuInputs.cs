using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// The vectors that matrices of a step multiply, prepared once for all matrices that read them: as float32, and quantised where a
/// matrix reads that.
/// </summary>
internal sealed class CpuInputs
{
    // What quantising a value takes, in multiply-adds.
    private const int WorkPerValue = 4;

    private readonly QuantizedRows _quantized;
    private readonly Quantizing _quantizing;
    private readonly Gathering _gathering;
    private float[] _own = [];
    private float[] _values = [];
    private int _columns;
    private bool _takesFloats;
    private bool _takesQuantized;

    /// <param name="kernel">Reads the quantised form.</param>
    public CpuInputs(PanelKernel kernel) =>
        (_quantized, _quantizing, _gathering) = (new QuantizedRows(kernel.SplitsInputs), new Quantizing(this), new Gathering(this));

    /// <summary>The float32 vectors, each <see cref="Stride"/> after the last.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Distance between them.</summary>
    public int Stride => _columns;

    public QuantizedRows Quantized => _quantized;

    /// <summary>Makes room for vectors that some matrix multiplies. Called while layers are made.</summary>
    /// <param name="rows">Most vectors at a time.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="stores">Whether the vectors will come by <see cref="Store"/> or <see cref="Gather"/>.</param>
    /// <exception cref="EngineOptionsException">No array is that long.</exception>
    public void Reserve(int rows, CpuMatrix matrix, bool stores = false)
    {
        if (matrix.ReadsQuantized)
        {
            _quantized.Reserve(rows, matrix.Columns);
        }
        else if (stores && _own.Length < (long)rows * matrix.Columns)
        {
            _own = (long)rows * matrix.Columns <= Array.MaxLength
                ? new float[rows * matrix.Columns]
                : throw new EngineOptionsException(
                    [$"{nameof(EngineOptions.MaxStepTokens)}: {rows} vectors of {matrix.Columns} numbers are too many for one buffer; use fewer tokens."]);
        }
    }

    /// <summary>Takes vectors from an array, which must stay as it is while they are used.</summary>
    /// <param name="team">Shares the work.</param>
    /// <param name="values">The vectors, one after the other.</param>
    /// <param name="rows">Number of vectors.</param>
    /// <param name="columns">Values of each.</param>
    /// <param name="quantize">Whether a matrix will read their quantised form.</param>
    public void Take(CpuTeam team, float[] values, int rows, int columns, bool quantize)
    {
        (_values, _columns) = (values, columns);
        if (quantize)
        {
            _quantized.Begin(columns);
            team.For(rows, (long)rows * columns * WorkPerValue, 1, _quantizing);
        }
    }

    /// <summary>Begins vectors that come piece by piece.</summary>
    /// <param name="columns">Values of each.</param>
    /// <param name="floats">Whether a matrix will read them as float32.</param>
    /// <param name="quantized">Whether a matrix will read their quantised form.</param>
    public void Begin(int columns, bool floats, bool quantized)
    {
        (_values, _columns, _takesFloats, _takesQuantized) = (_own, columns, floats, quantized);
        _quantized.Begin(columns);
    }

    /// <summary>Takes copies of some vectors of others, one after the other. The float32 ones are made only where a matrix reads them.</summary>
    /// <param name="team">Shares the work.</param>
    /// <param name="source">The others.</param>
    /// <param name="rows">Which of them, in the order in which they will lie.</param>
    /// <param name="floats">Whether a matrix will read them as float32.</param>
    /// <param name="quantized">Whether a matrix will read their quantised form.</param>
    public void Gather(CpuTeam team, CpuInputs source, ReadOnlyMemory<int> rows, bool floats, bool quantized)
    {
        Begin(source._columns, floats, quantized);
        (_gathering.Source, _gathering.Rows) = (source, rows);
        team.For(rows.Length, (long)rows.Length * _columns, 1, _gathering);
    }

    /// <summary>Sets values of a vector, after <see cref="Begin"/>. Several threads may set different ones.</summary>
    /// <param name="row">Which vector.</param>
    /// <param name="column">The first value: a multiple of <see cref="CpuMatrix.RowAlignment"/>.</param>
    /// <param name="values">As many as a multiple of that, or up to the end.</param>
    public void Store(int row, int column, ReadOnlySpan<float> values)
    {
        if (_takesFloats)
        {
            values.CopyTo(_own.AsSpan((row * _columns) + column));
        }

        if (_takesQuantized)
        {
            _quantized.Set(row, column, values);
        }
    }

    private sealed class Quantizing(CpuInputs owner) : ITeamWork
    {
        public void Run(int from, int to)
        {
            for (var row = from; row < to; row++)
            {
                owner._quantized.Set(row, 0, owner._values.AsSpan(row * owner._columns, owner._columns));
            }
        }
    }

    private sealed class Gathering(CpuInputs owner) : ITeamWork
    {
        public CpuInputs? Source { get; set; }

        public ReadOnlyMemory<int> Rows { get; set; }

        public void Run(int from, int to)
        {
            var rows = Rows.Span;
            var columns = owner._columns;
            for (var row = from; row < to; row++)
            {
                if (owner._takesFloats)
                {
                    Source!.Values.Slice(rows[row] * columns, columns).CopyTo(owner._own.AsSpan(row * columns));
                }

                if (owner._takesQuantized)
                {
                    Source!._quantized.CopyTo(rows[row], owner._quantized, row);
                }
            }
        }
    }
}
