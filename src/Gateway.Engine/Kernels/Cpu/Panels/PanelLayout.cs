namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// How weights and inputs lie in memory for the kernels of <see cref="PanelKernel"/>.
/// </summary>
/// <remarks>
/// <para>A panel is sixteen rows of weights, one per lane of a vector. It goes along the columns in steps of 64, two blocks of 32: first
/// the scales of the two blocks ([block, row]; <see cref="PanelCodes"/> says of what kind), then their codes. Codes come in groups of four
/// columns: 64 bytes, four per row. Of the four columns 0 to 3 of a group, the bytes are 0, 2, 1, 3: so bytes 0 and 2 make the two words of
/// columns 0 and 1, and bytes 1 and 3 those of columns 2 and 3, by a mask and a shift. Codes are stored with an offset that makes them
/// unsigned. In four bits, byte i of group g holds the codes of group g in its low half and of group g + 4 in its high half.</para>
/// <para>An input vector is a record per 64 columns: the codes of two blocks (64 bytes each), two float32 scales, and what products begin
/// with to come out as if weights had no offset: for each block the sum of its codes times the negative offset, for 128 and for 8, and for
/// each half of a block likewise, for 32; then for each block again, for 16; last, for each block, the negative sum of its values, which minima are
/// multiplied by. Codes are
/// 16-bit numbers, either as they are or split into planes: 32 signed upper bytes, 32 signed lower bytes, x = 256 · upper + lower, in the
/// order of the weights' bytes.</para>
/// </remarks>
internal static class PanelLayout
{
    /// <summary>Rows of a panel.</summary>
    public const int Rows = 16;

    /// <summary>Columns that share a scale.</summary>
    public const int BlockColumns = 32;

    /// <summary>Columns of a step.</summary>
    public const int StepColumns = 2 * BlockColumns;

    /// <summary>Groups of four columns in a block.</summary>
    public const int Groups = BlockColumns / 4;

    /// <summary>Bytes of a group of eight-bit codes, and of two groups of four-bit codes.</summary>
    public const int GroupBytes = 4 * Rows;

    /// <summary>Bytes of one block of an input's codes.</summary>
    public const int InputBlockBytes = 2 * BlockColumns;

    /// <summary>Where in a block of an input's codes the lower bytes begin, if they are split.</summary>
    public const int LowerPlane = BlockColumns;

    /// <summary>Where in a record its scales begin.</summary>
    public const int InputScales = 2 * InputBlockBytes;

    /// <summary>Where in a record the corrections for weights' offsets begin; <see cref="PanelCodes.Correction"/> says whose is where.</summary>
    public const int InputCorrections = InputScales + (2 * sizeof(float));

    /// <summary>Where in a record the negative sums of the two blocks' values are, as float32.</summary>
    public const int InputSums = InputCorrections + (10 * sizeof(int));

    /// <summary>Bytes of a record.</summary>
    public const int RecordBytes = InputSums + (2 * sizeof(float));

    /// <summary>
    /// The largest input code: what two signed bytes hold as 256 · upper + lower. A block of products then stays below 2²⁸, so that integer
    /// sums are exact.
    /// </summary>
    public const int MaxInputCode = (127 * 256) + 127;

    /// <summary>Where the byte of one of a group's four columns is among them.</summary>
    public static int Place(int column) => column is 1 ? 2 : column is 2 ? 1 : column;

    /// <summary>Steps over that many columns; the last may be filled up with zeros.</summary>
    public static int Steps(int columns) => (columns + StepColumns - 1) / StepColumns;
}
