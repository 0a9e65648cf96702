using System.Buffers;
using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Linear layers: y = x · Wᵀ for weights in any stored format.</summary>
internal static class MatrixProduct
{
    // Rows widened together: enough to use each load of x four times, few enough that they stay in the first-level cache.
    private const int RowsAtOnce = 4;

    // One caller's, used again for each product.
    [ThreadStatic]
    private static RowRange? _range;

    /// <param name="team">Who does the work.</param>
    /// <param name="x">tokens vectors of as many values as the weights have columns.</param>
    /// <param name="xStride">Distance between vectors.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="y">tokens vectors of as many values as the weights have rows.</param>
    /// <param name="yStride">Distance between results.</param>
    public static void Multiply(
        CpuTeam team, ReadOnlyMemory<float> x, int xStride, int tokens, WeightMatrix weights, Memory<float> y, int yStride)
    {
        var multiplyAdds = (long)tokens * weights.Rows * weights.Columns;
        var range = _range ??= new RowRange();
        (range.X, range.XStride, range.Tokens, range.Weights, range.Y, range.YStride) = (x, xStride, tokens, weights, y, yStride);
        team.For(weights.Rows, multiplyAdds, RowsAtOnce, range);
    }

    /// <summary>
    /// Some rows of the weights times some vectors: the product of row <paramref name="from"/> + i and vector j goes to
    /// j × <paramref name="yStride"/> + i.
    /// </summary>
    public static void Rows(
        WeightMatrix weights, int from, int to, ReadOnlySpan<float> x, int xStride, int vectors, Span<float> y, int yStride)
    {
        var columns = weights.Columns;
        if (weights.Format == WeightFormat.Float32)
        {
            DotProducts.Multiply(weights.SingleRows(from, to - from), to - from, columns, x, xStride, vectors, y, yStride);
            return;
        }

        var widened = ArrayPool<float>.Shared.Rent(RowsAtOnce * columns);
        for (var row = from; row < to; row += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, to - row);
            CopyRows(weights, row, count, widened);
            DotProducts.Multiply(widened, count, columns, x, xStride, vectors, y[(row - from)..], yStride);
        }

        ArrayPool<float>.Shared.Return(widened);
    }

    /// <summary>
    /// The transposed product with some rows: y[j] = Σ x[j][i] · row (<paramref name="from"/> + i), in ascending i. Vector j of x
    /// starts at j × <paramref name="xStride"/>, its result at j × <paramref name="yStride"/>.
    /// </summary>
    public static void TransposedRows(
        WeightMatrix weights, int from, int to, ReadOnlySpan<float> x, int xStride, int vectors, Span<float> y, int yStride)
    {
        var columns = weights.Columns;
        for (var vector = 0; vector < vectors; vector++)
        {
            y.Slice(vector * yStride, columns).Clear();
        }

        var widened = ArrayPool<float>.Shared.Rent(RowsAtOnce * columns);
        for (var row = from; row < to; row += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, to - row);
            CopyRows(weights, row, count, widened);
            for (var vector = 0; vector < vectors; vector++)
            {
                var factors = x.Slice((vector * xStride) + row - from, count);
                WeightedSum.Add(widened, columns, factors, y.Slice(vector * yStride, columns));
            }
        }

        ArrayPool<float>.Shared.Return(widened);
    }

    /// <summary>Copies rows, widened; of one row, an embedding look-up.</summary>
    public static void CopyRows(WeightMatrix weights, int first, int count, Span<float> destination)
    {
        switch (weights.Format)
        {
            case WeightFormat.Float32:
                weights.SingleRows(first, count).CopyTo(destination);
                break;
            case WeightFormat.Float16 or WeightFormat.BFloat16:
                Widening.Widen(weights.HalfRows(first, count), weights.Format, destination);
                break;
            case WeightFormat.Float8E4M3:
                Float8.Widen(weights, first, count, destination);
                break;
            default:
                BlockDecoder.Decode(weights.Format, weights.StoredRows(first, count), destination);
                break;
        }
    }

    private sealed class RowRange : ITeamWork
    {
        public ReadOnlyMemory<float> X { get; set; }

        public int XStride { get; set; }

        public int Tokens { get; set; }

        public WeightMatrix? Weights { get; set; }

        public Memory<float> Y { get; set; }

        public int YStride { get; set; }

        public void Run(int from, int to) => Rows(Weights!, from, to, X.Span, XStride, Tokens, Y.Span[from..], YStride);
    }
}
