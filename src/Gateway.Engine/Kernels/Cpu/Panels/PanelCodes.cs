namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// What kernels find in a step of a panel: how many bits a code has, which columns are summed before a scale is applied, and what scales
/// there are. Formats of weight files that lie in panels as one of these are read in place; <see cref="PanelFormat"/> says which, and what
/// becomes of others.
/// </summary>
internal sealed class PanelCodes
{
    /// <summary>-128 to 127, stored 128 higher; a binary16 scale per 32 columns.</summary>
    public static readonly PanelCodes EightBit = new(0, "8 bits", offset: 128, firstCorrection: 0);

    /// <summary>-8 to 7, stored 8 higher, two to a byte; a binary16 scale per 32 columns.</summary>
    public static readonly PanelCodes FourBit = new(1, "4 bits", offset: 8, firstCorrection: 2, isPacked: true);

    /// <summary>-16 to 239, stored 16 higher; a binary16 scale per 32 columns.</summary>
    public static readonly PanelCodes FiveBit = new(2, "5 bits", offset: 16, firstCorrection: 8, isExpanded: true);

    /// <summary>0 to 255; a float32 scale per 32 columns, and a float32 minimum, which comes off each of them.</summary>
    public static readonly PanelCodes WithMinima = new(3, "bits with minima", offset: 0, firstCorrection: 0, isExpanded: true, isWide: true, hasMinima: true);

    /// <summary>-32 to 223, stored 32 higher; a float32 scale per 16 columns.</summary>
    public static readonly PanelCodes InHalves = new(4, "bits in halves", offset: 32, firstCorrection: 4, isExpanded: true, isWide: true, sumsPerBlock: 2);

    private readonly string _name;
    private readonly int _corrections;

    // Kernels ask for these once per sum: they are fields, not expressions.
    private PanelCodes(
        int index, string name, int offset, int firstCorrection, bool isPacked = false, bool isExpanded = false, bool isWide = false,
        bool hasMinima = false, int sumsPerBlock = 1)
    {
        (Index, _name, Offset, IsPacked, IsExpanded) = (index, name, offset, isPacked, isExpanded);
        (IsWide, HasMinima, SumsPerBlock) = (isWide, hasMinima, sumsPerBlock);
        _corrections = PanelLayout.InputCorrections + (firstCorrection * sizeof(int));
        SumColumns = PanelLayout.BlockColumns / sumsPerBlock;
        GroupsPerSum = SumColumns / 4;
        ScaleBytes = PanelLayout.Rows * (isWide ? sizeof(float) : sizeof(ushort)) * (hasMinima ? 2 : 1);
        CodesOffset = 2 * sumsPerBlock * ScaleBytes;
        BlockBytes = PanelLayout.BlockColumns * PanelLayout.Rows / (isPacked ? 2 : 1);
        StepBytes = CodesOffset + (2 * BlockBytes);
    }

    public static IReadOnlyList<PanelCodes> All { get; } = [EightBit, FourBit, FiveBit, WithMinima, InHalves];

    /// <summary>Its place in <see cref="All"/>.</summary>
    public int Index { get; }

    /// <summary>What codes are stored higher by.</summary>
    public int Offset { get; }

    /// <summary>Whether two codes share a byte.</summary>
    public bool IsPacked { get; }

    /// <summary>Whether panels never lie like this: steps are made of a unit a moment before they are read.</summary>
    public bool IsExpanded { get; }

    /// <summary>Whether scales are float32 and not binary16.</summary>
    public bool IsWide { get; }

    /// <summary>Whether each sum's scales are followed by as many minima. Of codes with <see cref="IsWide"/> and one sum per block only.</summary>
    public bool HasMinima { get; }

    /// <summary>Integer sums over a block: 1 or 2.</summary>
    public int SumsPerBlock { get; }

    /// <summary>Columns whose products are summed in integers, and which have a scale in common: 32 or 16.</summary>
    public int SumColumns { get; }

    /// <summary>Groups of four columns in a sum.</summary>
    public int GroupsPerSum { get; }

    /// <summary>Bytes of the scales, and minima, of one sum.</summary>
    public int ScaleBytes { get; }

    /// <summary>Where in a step its codes begin.</summary>
    public int CodesOffset { get; }

    /// <summary>Bytes of one block's codes.</summary>
    public int BlockBytes { get; }

    /// <summary>Bytes of a step of one panel.</summary>
    public int StepBytes { get; }

    /// <summary>Where in an input's record the correction of a sum is, counting the sums of a step; there is none without an <see cref="Offset"/>.</summary>
    public int Correction(int sum) => _corrections + (sum * sizeof(int));

    /// <summary>What a sum begins with.</summary>
    /// <param name="record">The input's.</param>
    /// <param name="sum">Counting the sums of a step.</param>
    public unsafe int FirstSum(byte* record, int sum) => Offset == 0 ? 0 : *(int*)(record + Correction(sum));

    public override string ToString() => _name;
}
