using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu.Attention;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>What is multiplied, as addresses: rows count from the first one of the range.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct StreamedProduct(
    byte* first, WeightMatrix weights, int firstRow, int rows, float* x, int xStride, int vectors, float* y, int yStride)
{
    private readonly int _scalesPerRow = WeightMatrix.ScalesPerRow(weights.Columns);

    public byte* First => first;

    public int Rows => rows;

    public int Columns { get; } = weights.Columns;

    public nint RowBytes { get; } = (nint)WeightLayout.Of(weights.Format).RowBytes(weights.Columns);

    public float* X => x;

    public int XStride => xStride;

    public int Vectors => vectors;

    /// <summary>Of a row, from a multiple of the columns that share a scale on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Factors<TForm>(int row, nint column)
        where TForm : IWeightForm =>
        TForm.Factors(Scale(row, column));

    /// <summary>Brings the sums of a row's lanes together and adds the columns that fill no vector.</summary>
    public void Finish<TForm>(Vector512<float> lanes, int row, int vector)
        where TForm : IWeightForm
    {
        var sum = LaneSum.Of(lanes);
        var stored = First + (row * RowBytes);
        var input = x + (vector * xStride);
        for (nint column = Columns - (Columns % StreamedTiles.Lanes); column < Columns; column++)
        {
            var weight = TForm.LoadOne(stored + (column * TForm.Bytes), TForm.HasScales ? Scale(row, column) : 1);
            sum = MathF.FusedMultiplyAdd(weight, input[column], sum);
        }

        y[(vector * yStride) + row] = sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Scale(int row, nint column) =>
        weights.Scales[((firstRow + row) / WeightMatrix.ScaleBlock * _scalesPerRow) + (int)(column / WeightMatrix.ScaleBlock)];
}
