using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Weights in their stored form, row by row, widened to float32 where they are used.</summary>
internal sealed class RowMatrix(WeightMatrix weights) : CpuMatrix(weights.Rows, weights.Columns)
{
    [ThreadStatic]
    private static float[]? t_widened;

    public override bool ReadsQuantized => false;

    public override void Multiply(CpuInputs x, ReadOnlySpan<int> tokens, int from, int to, Span<float> y, int yStride)
    {
        if (weights.Format == WeightFormat.Float32)
        {
            RowProducts.Multiply(weights.SingleRows(from, to - from), to - from, Columns, x.Values, x.Stride, tokens, y, yStride);
            return;
        }

        if (t_widened is null || t_widened.Length < RowProducts.TileRows * Columns)
        {
            t_widened = new float[RowProducts.TileRows * Columns];
        }

        for (var row = from; row < to; row += RowProducts.TileRows)
        {
            var count = Math.Min(RowProducts.TileRows, to - row);
            MatrixProduct.CopyRows(weights, row, count, t_widened);
            RowProducts.Multiply(t_widened, count, Columns, x.Values, x.Stride, tokens, y[(row - from)..], yStride);
        }
    }

    public override void CopyRow(int row, Span<float> destination) => MatrixProduct.CopyRows(weights, row, 1, destination);
}
