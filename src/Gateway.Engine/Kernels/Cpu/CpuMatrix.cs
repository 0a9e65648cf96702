using Gateway.Engine.Kernels.Cpu.BFloat16Panels;
using Gateway.Engine.Kernels.Cpu.Panels;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>The weights of a linear layer, [outputs, inputs], in the form that the kernels read.</summary>
/// <remarks>
/// What a row and an input vector come to has the same bits whatever other rows and vectors are computed beside them, and whatever
/// kernel set computes them; but for bfloat16 inputs, where AMX sums in an order of its own.
/// </remarks>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
internal abstract class CpuMatrix(int rows, int columns)
{
    /// <summary>Ranges of rows begin at multiples of this.</summary>
    public const int RowAlignment = 32;

    // So few vectors wait for weights to come from memory.
    private const int FewVectors = 2;

    /// <summary>
    /// Rows that are best multiplied in one go: with few vectors, many, for memory gives more when it is read in several places.
    /// </summary>
    public static int RowsAtOnce(int vectors) => vectors <= FewVectors ? 4 * RowAlignment : RowAlignment;

    public int Rows => rows;

    public int Columns => columns;

    /// <summary>The form of its inputs that <see cref="Multiply"/> reads: one of them.</summary>
    public abstract InputForms Reads { get; }

    /// <summary>Takes weights over: into panels where their format allows, else row by row as they are.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="kernel">Multiplies panels of quantised ones.</param>
    /// <param name="bfloat16">Multiplies panels of bfloat16 ones; null to multiply those in float32.</param>
    public static CpuMatrix Of(WeightMatrix weights, PanelKernel kernel, BFloat16Kernel? bfloat16 = null) =>
        PanelFormat.Of(weights.Format) is { } format ? PanelMatrix.Pack(weights, format, kernel)
        : weights.Format == WeightFormat.BFloat16 && bfloat16 is not null ? BFloat16Matrix.Pack(weights, bfloat16)
        : new RowMatrix(weights);

    /// <summary>Multiplies some rows by some vectors. May run on several threads at once.</summary>
    /// <param name="x">The vectors.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">The first row: a multiple of <see cref="RowAlignment"/>.</param>
    /// <param name="to">Where the rows end.</param>
    /// <param name="y">The product of row <paramref name="from"/> + i and the j-th of them goes to j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the results of one vector and those of the next.</param>
    public abstract void Multiply(CpuInputs x, int first, int count, int from, int to, Span<float> y, int yStride);

    /// <summary>Copies a row, widened to float32: an embedding look-up.</summary>
    public abstract void CopyRow(int row, Span<float> destination);
}
