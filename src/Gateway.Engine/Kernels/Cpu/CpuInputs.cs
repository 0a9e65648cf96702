using Gateway.Engine.Kernels.Cpu.BFloat16Panels;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// The vectors that matrices of a step multiply, prepared once for all matrices that read them: as float32, and in each other form that a
/// matrix reads.
/// </summary>
internal sealed class CpuInputs
{
    // What quantising or rounding a value takes, in multiply-adds.
    private const int WorkPerValue = 4;

    private readonly QuantizedRows _quantized;
    private readonly BFloat16Rows _bfloat16;
    private readonly Converting _converting;
    private readonly Gathering _gathering;
    private float[] _own = [];
    private float[] _lowRank = [];
    private int[] _ownAdapters = [];
    private float[] _values = [];
    private int _columns;
    private InputForms _takes;

    /// <param name="kernel">Reads the quantised form.</param>
    /// <param name="bfloat16">Reads the bfloat16 form; null when nobody does.</param>
    public CpuInputs(PanelKernel kernel, BFloat16Kernel? bfloat16 = null)
    {
        (_quantized, _bfloat16) = (new QuantizedRows(kernel.SplitsInputs), new BFloat16Rows(bfloat16?.WidensInputs ?? false));
        (_converting, _gathering) = (new Converting(this), new Gathering(this));
    }

    /// <summary>The float32 vectors, each <see cref="Stride"/> after the last.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Distance between them.</summary>
    public int Stride => _columns;

    /// <summary>The adapter of each vector, 0 for none; empty when no vector has one.</summary>
    public ReadOnlyMemory<int> Adapters { get; private set; }

    /// <summary>Distance between the rows of <see cref="LowRank"/>.</summary>
    public int LowRankStride { get; private set; }

    public QuantizedRows Quantized => _quantized;

    public BFloat16Rows BFloat16 => _bfloat16;

    /// <summary>Makes room for vectors that some matrix multiplies. Called while layers are made.</summary>
    /// <param name="rows">Most vectors at a time.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="stores">Whether the vectors will come by <see cref="Store"/> or <see cref="Gather"/>.</param>
    /// <exception cref="EngineOptionsException">No array is that long.</exception>
    public void Reserve(int rows, CpuMatrix matrix, bool stores = false)
    {
        if (matrix.Reads == InputForms.Quantized)
        {
            _quantized.Reserve(rows, matrix.Columns);
        }
        else if (matrix.Reads == InputForms.BFloat16)
        {
            _bfloat16.Reserve(rows, matrix.Columns);
        }
        else if (stores)
        {
            ReserveValues(rows, matrix.Columns);
        }
    }

    /// <summary>Makes room for the float32 form of vectors that will come by <see cref="Store"/> or <see cref="Gather"/>.</summary>
    /// <exception cref="EngineOptionsException">No array is that long.</exception>
    public void ReserveValues(int rows, int columns)
    {
        if (_own.Length < (long)rows * columns)
        {
            _own = Allocate(rows, columns);
        }
    }

    /// <summary>Makes room for the adapters of vectors, and for what these make of them.</summary>
    /// <param name="rows">Most vectors at a time.</param>
    /// <param name="width">Values per vector that the adapters of all layers over the same vectors make, together.</param>
    /// <exception cref="EngineOptionsException">No array is that long.</exception>
    public void ReserveAdapters(int rows, int width)
    {
        if (rows > _ownAdapters.Length || width > LowRankStride)
        {
            (rows, LowRankStride) = (Math.Max(rows, _ownAdapters.Length), Math.Max(width, LowRankStride));
            (_ownAdapters, _lowRank) = (new int[rows], Allocate(rows, LowRankStride));
        }
    }

    /// <summary>What adapters make of a vector on its way through their low rank, and all that follow.</summary>
    public Span<float> LowRank(int row) => _lowRank.AsSpan(row * LowRankStride);

    /// <summary>Takes vectors from an array, which must stay as it is while they are used.</summary>
    /// <param name="team">Shares the work.</param>
    /// <param name="values">The vectors, one after the other.</param>
    /// <param name="rows">Number of vectors.</param>
    /// <param name="columns">Values of each.</param>
    /// <param name="forms">Those in which matrices will read them.</param>
    /// <param name="adapters">The adapter of each; empty when none has one.</param>
    public void Take(CpuTeam team, float[] values, int rows, int columns, InputForms forms, ReadOnlyMemory<int> adapters = default)
    {
        Begin(columns, forms & ~InputForms.Float32);
        (_values, Adapters) = (values, adapters);
        if (_takes != InputForms.None)
        {
            team.For(rows, (long)rows * columns * WorkPerValue, 1, _converting);
        }
    }

    /// <summary>Begins vectors that come piece by piece.</summary>
    /// <param name="columns">Values of each.</param>
    /// <param name="forms">Those in which matrices will read them.</param>
    /// <param name="adapters">The adapter of each; empty when none has one.</param>
    public void Begin(int columns, InputForms forms, ReadOnlyMemory<int> adapters = default)
    {
        (_values, _columns, _takes, Adapters) = (_own, columns, forms, adapters);
        _quantized.Begin(columns);
        _bfloat16.Begin(columns);
    }

    /// <summary>Takes copies of some vectors of others, one after the other, with their adapters where there is room for these.</summary>
    /// <param name="team">Shares the work.</param>
    /// <param name="source">The others.</param>
    /// <param name="rows">Which of them, in the order in which they will lie.</param>
    /// <param name="forms">Those in which matrices will read them; the others have them.</param>
    public void Gather(CpuTeam team, CpuInputs source, ReadOnlyMemory<int> rows, InputForms forms)
    {
        Begin(source._columns, forms, source.Adapters.IsEmpty ? default : _ownAdapters.AsMemory());
        (_gathering.Source, _gathering.Rows) = (source, rows);
        team.For(rows.Length, (long)rows.Length * _columns, 1, _gathering);
    }

    /// <summary>Sets values of a vector, after <see cref="Begin"/>. Several threads may set different ones.</summary>
    /// <param name="row">Which vector.</param>
    /// <param name="column">The first value: a multiple of <see cref="CpuMatrix.RowAlignment"/>.</param>
    /// <param name="values">As many as a multiple of that, or up to the end.</param>
    public void Store(int row, int column, ReadOnlySpan<float> values)
    {
        if (Takes(InputForms.Float32))
        {
            values.CopyTo(_own.AsSpan((row * _columns) + column));
        }

        if (Takes(InputForms.Quantized))
        {
            _quantized.Set(row, column, values);
        }

        if (Takes(InputForms.BFloat16))
        {
            _bfloat16.Set(row, column, values);
        }
    }

    /// <summary>As HasFlag, which boxes in code of the JIT's first tier.</summary>
    private bool Takes(InputForms form) => (_takes & form) != 0;

    private static float[] Allocate(int rows, int columns) => (long)rows * columns <= Array.MaxLength
        ? new float[rows * columns]
        : throw new EngineOptionsException(
            [$"{nameof(EngineOptions.MaxStepTokens)}: {rows} vectors of {columns} numbers are too many for one buffer; use fewer tokens."]);

    private sealed class Converting(CpuInputs owner) : ITeamWork
    {
        public void Run(int from, int to)
        {
            for (var row = from; row < to; row++)
            {
                owner.Store(row, 0, owner._values.AsSpan(row * owner._columns, owner._columns));
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
                if (!owner.Adapters.IsEmpty)
                {
                    owner._ownAdapters[row] = Source!.Adapters.Span[rows[row]];
                }

                if (owner.Takes(InputForms.Float32))
                {
                    Source!.Values.Slice(rows[row] * columns, columns).CopyTo(owner._own.AsSpan(row * columns));
                }

                if (owner.Takes(InputForms.Quantized))
                {
                    Source!._quantized.CopyTo(rows[row], owner._quantized, row);
                }

                if (owner.Takes(InputForms.BFloat16))
                {
                    Source!._bfloat16.CopyTo(rows[row], owner._bfloat16, row);
                }
            }
        }
    }
}
