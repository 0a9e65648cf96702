using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// How a format of weight files lies in panels: in as many bits as in the file, or a few hundredths more. Its columns come in units: scales first, then
/// the codes of blocks of 32 columns. Kernels read units in place, or some are expanded just before to codes that kernels do read, in memory
/// that stays in the first-level cache.
/// </summary>
internal abstract unsafe class PanelFormat
{
    private static readonly Dictionary<WeightFormat, PanelFormat> Formats = new()
    {
        [WeightFormat.Q8_0] = new DirectPanelFormat(0, PanelCodes.EightBit, bits: 8),
        [WeightFormat.Q4_0] = new DirectPanelFormat(1, PanelCodes.FourBit, bits: 4),
        [WeightFormat.Q5_0] = new FiveBitPanelFormat(2),
        [WeightFormat.Q4_K] = new SuperPanelFormat(3, WeightFormat.Q4_K, PanelCodes.WithMinima, bits: 4),
        [WeightFormat.Q5_K] = new SuperPanelFormat(4, WeightFormat.Q5_K, PanelCodes.WithMinima, bits: 5),
        [WeightFormat.Q6_K] = new SuperPanelFormat(5, WeightFormat.Q6_K, PanelCodes.InHalves, bits: 6),
    };

    protected PanelFormat(int index, PanelCodes codes, int bits) => (Index, Codes, Bits) = (index, codes, bits);

    /// <summary>The formats that have panels.</summary>
    public static IReadOnlyCollection<WeightFormat> Supported => Formats.Keys;

    /// <summary>All of them, each at its <see cref="Index"/>.</summary>
    public static IReadOnlyList<PanelFormat> All { get; } = [.. Formats.Values];

    public int Index { get; }

    /// <summary>What it is expanded to, or has itself.</summary>
    public PanelCodes Codes { get; }

    /// <summary>Bits of a code: 8, or fewer, which lie as <see cref="PackedCodes"/> says.</summary>
    public int Bits { get; }

    /// <summary>Whether kernels other than those that stream have it expanded.</summary>
    public bool Expands => Codes.IsExpanded;

    /// <summary>
    /// Whether scales and minima are signed bytes, each times a binary16 number of its row: the two for scales and for minima begin the unit,
    /// [which, row]. Else scales are binary16 numbers themselves.
    /// </summary>
    public abstract bool HasByteScales { get; }

    /// <summary>Steps of a unit.</summary>
    public abstract int UnitSteps { get; }

    /// <summary>Bytes of a unit of one panel: a multiple of 64.</summary>
    public abstract int UnitBytes { get; }

    /// <summary>Columns of a unit.</summary>
    public int UnitColumns => UnitSteps * PanelLayout.StepColumns;

    /// <summary>How a format lies, or null for one that panels do not hold.</summary>
    public static PanelFormat? Of(WeightFormat format) => Formats.GetValueOrDefault(format);

    /// <summary>Where in a unit the scales of a sum are, [row].</summary>
    public abstract int ScalesOffset(int sum);

    /// <summary>Where in a unit the minima of a sum are, [row], if its codes have minima.</summary>
    public abstract int MinimaOffset(int sum);

    /// <summary>Where in a unit the codes of a block begin.</summary>
    public abstract int BlockOffset(int block);

    /// <summary>Puts weights of one row into a unit.</summary>
    /// <param name="source">Blocks as they are stored, of as many columns as the unit has, or as are left of the row.</param>
    /// <param name="unit">All zeros where this row's weights go.</param>
    /// <param name="lane">The row of the panel.</param>
    public abstract void Pack(ReadOnlySpan<byte> source, byte* unit, int lane);

    /// <summary>Makes steps with <see cref="Codes"/> of a unit, where <see cref="Expands"/>.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="steps">Receives <see cref="UnitSteps"/> steps; begins at a multiple of 64.</param>
    public abstract void Expand(byte* unit, byte* steps);

    /// <summary>The weights of one row in a unit, with the bits that <see cref="Blocks.BlockDecoder"/> gives.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="lane">The row of the panel.</param>
    /// <param name="values">Whole blocks.</param>
    public void Decode(byte* unit, int lane, Span<float> values)
    {
        for (var column = 0; column < values.Length; column++)
        {
            var (block, sum) = (column / PanelLayout.BlockColumns, column / Codes.SumColumns);
            var code = Code(unit + BlockOffset(block), lane, column % PanelLayout.BlockColumns) - Codes.Offset;
            if (!HasByteScales)
            {
                values[column] = code * (float)((Half*)(unit + ScalesOffset(sum)))[lane];
                continue;
            }

            var value = (float)((Half*)unit)[lane] * ((sbyte*)unit)[ScalesOffset(sum) + lane] * code;
            values[column] = Codes.HasMinima
                ? value - ((float)((Half*)unit)[PanelLayout.Rows + lane] * ((sbyte*)unit)[MinimaOffset(sum) + lane])
                : value;
        }
    }

    private int Code(byte* block, int lane, int column) => Bits == 8
        ? block[(column / 4 * PanelLayout.GroupBytes) + (lane * 4) + PanelLayout.Place(column % 4)]
        : PackedCodes.Code(block, Bits, lane, column);
}
