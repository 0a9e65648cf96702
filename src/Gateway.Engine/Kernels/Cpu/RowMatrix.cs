using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Weights in their stored form, row by row, widened to float32 where they are used: in registers, or some rows at a time in memory.</summary>
internal sealed class RowMatrix(WeightMatrix weights) : CpuMatrix(weights.Rows, weights.Columns)
{
    [ThreadStatic]
    private static float[]? _widened;

    private readonly bool _canStream = StreamedRows.CanMultiply(weights);

    public override InputForms Reads => InputForms.Float32;

    public override void Multiply(CpuInputs x, int first, int count, int from, int to, Span<float> y, int yStride)
    {
        var vectors = x.Values[(first * x.Stride)..];
        if (_canStream)
        {
            StreamedRows.Multiply(weights, from, to, vectors, x.Stride, count, y, yStride);
            return;
        }

        if (_widened is null || _widened.Length < DotProducts.TileRows * Columns)
        {
            _widened = new float[DotProducts.TileRows * Columns];
        }

        for (var row = from; row < to; row += DotProducts.TileRows)
        {
            var rows = Math.Min(DotProducts.TileRows, to - row);
            WeightRows.CopyWidened(weights, row, rows, _widened);
            DotProducts.Multiply(_widened, rows, Columns, vectors, x.Stride, count, y[(row - from)..], yStride);
        }
    }

    public override void CopyRow(int row, Span<float> destination) => WeightRows.CopyWidened(weights, row, 1, destination);
}
