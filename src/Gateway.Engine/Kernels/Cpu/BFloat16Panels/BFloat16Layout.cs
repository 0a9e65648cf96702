namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>How bfloat16 weights and inputs lie in memory for the kernels of <see cref="BFloat16Kernel"/>.</summary>
/// <remarks>
/// <para>A panel is sixteen rows of weights, one per lane of a vector. It goes along the columns in pairs: 64 bytes, and in them for each row
/// the two weights of the pair. That is an operand of VDPBF16PS, and sixteen of them, a step, are a tile of TDPBF16PS.</para>
/// <para>An input vector is its numbers one after the other, as bfloat16 or, for kernels that have no instruction for those, as float32. What no
/// row or column fills is zero.</para>
/// </remarks>
internal static class BFloat16Layout
{
    /// <summary>Rows of a panel.</summary>
    public const int Rows = 16;

    /// <summary>Columns of a step.</summary>
    public const int StepColumns = 32;

    /// <summary>Pairs of columns in a step.</summary>
    public const int StepPairs = StepColumns / 2;

    /// <summary>Bytes of a pair of columns of a panel.</summary>
    public const int PairBytes = Rows * 2 * sizeof(ushort);

    /// <summary>Bytes of a step of a panel.</summary>
    public const int StepBytes = StepPairs * PairBytes;

    /// <summary>Bytes of a step of an input vector in bfloat16.</summary>
    public const int RecordBytes = StepColumns * sizeof(ushort);

    /// <summary>Bytes of a step of an input vector in float32.</summary>
    public const int WideRecordBytes = StepColumns * sizeof(float);

    /// <summary>Steps over that many columns.</summary>
    public static int Steps(int columns) => (columns + StepColumns - 1) / StepColumns;
}
