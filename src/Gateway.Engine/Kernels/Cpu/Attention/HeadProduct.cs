using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>
/// One head's part of kv_b_proj times some tokens: into the latent's space (W_UKᵀ) and out of it (W_UV). Rows of the weights are widened
/// a few at a time, once for all tokens. One thread's, with scratch memory of its own.
/// </summary>
internal sealed unsafe class HeadProduct(int rank) : IDisposable
{
    /// <summary>Most tokens at a time.</summary>
    public const int MaxTokens = 32;

    // 16 rows of 512 floats are 32 KiB.
    private const int RowsAtOnce = 16;

    private readonly int _stride = (rank + 15) / 16 * 16;
    private readonly AlignedBuffer _rows = AlignedBuffer.OfFloats(RowsAtOnce * ((rank + 15) / 16 * 16));

    /// <summary>y = Σ x[i] · row (<paramref name="from"/> + i), in ascending i, for each token.</summary>
    /// <param name="weights">[rows, rank].</param>
    /// <param name="from">The first row.</param>
    /// <param name="to">Behind the last.</param>
    /// <param name="x">Per token as many values as there are rows.</param>
    /// <param name="xStride">Floats from one token's values to the next one's.</param>
    /// <param name="tokens">At most <see cref="MaxTokens"/>.</param>
    /// <param name="y">Receives rank values per token, rounded up to whole vectors: what lies behind becomes 0.</param>
    public void Absorb(WeightMatrix weights, int from, int to, ReadOnlySpan<float> x, int xStride, int tokens, RowBlock y)
    {
        _ = x[..(((tokens - 1) * xStride) + to - from)];
        var rows = stackalloc float*[RowsAtOnce];
        var factors = stackalloc float*[MaxTokens];
        var sums = stackalloc float*[MaxTokens];
        var whole = ValueTiles.WholeTiles(tokens);
        fixed (float* values = x)
        {
            for (var first = from; first < to; first += RowsAtOnce)
            {
                var count = Widen(weights, first, to, rows);
                for (var i = 0; i < whole; i++)
                {
                    var token = Math.Min(i, tokens - 1);
                    factors[i] = values + ((nint)token * xStride) + first - from;
                    sums[i] = y.Row(token, 0);
                }

                ValueTiles.Accumulate(factors, whole, rows, count, _stride, sums, add: first > from);
            }
        }
    }

    /// <summary>y[i] = row (<paramref name="from"/> + i) · x, for each token.</summary>
    /// <param name="weights">[rows, rank].</param>
    /// <param name="from">The first row.</param>
    /// <param name="to">Behind the last.</param>
    /// <param name="x">Per token rank values; what lies behind, up to whole vectors, does not matter.</param>
    /// <param name="tokens">At most <see cref="MaxTokens"/>.</param>
    /// <param name="y">Receives as many values as there are rows, per token.</param>
    /// <param name="yStride">Floats from one token's values to the next one's.</param>
    public void Expand(WeightMatrix weights, int from, int to, RowBlock x, int tokens, Span<float> y, int yStride)
    {
        _ = y[..(((tokens - 1) * yStride) + to - from)];
        var rows = stackalloc float*[RowsAtOnce];
        var inputs = stackalloc float*[MaxTokens];
        var results = stackalloc float*[MaxTokens];
        var products = stackalloc float[MaxTokens * RowsAtOnce];
        var whole = ScoreTiles.WholeTiles(tokens);
        for (var i = 0; i < whole; i++)
        {
            var token = Math.Min(i, tokens - 1);
            inputs[i] = x.Row(token, 0);
            results[i] = products + (token * RowsAtOnce);
        }

        for (var first = from; first < to; first += RowsAtOnce)
        {
            var count = Widen(weights, first, to, rows);
            ScoreTiles.Multiply(inputs, whole, rows, ScoreTiles.WholeTiles(count), _stride, 1, results);
            for (var token = 0; token < tokens; token++)
            {
                new Span<float>(results[token], count).CopyTo(y[((token * yStride) + first - from)..]);
            }
        }
    }

    public void Dispose() => _rows.Dispose();

    /// <summary>Rows in float32, with zeros behind each; the last one is repeated to fill a tile.</summary>
    private int Widen(WeightMatrix weights, int first, int to, float** rows)
    {
        var count = Math.Min(RowsAtOnce, to - first);
        if (_stride == rank)
        {
            WeightRows.CopyWidened(weights, first, count, _rows.Floats(0, count * rank));
        }
        else
        {
            for (var row = 0; row < count; row++)
            {
                WeightRows.CopyWidened(weights, first + row, 1, _rows.Floats(row * _stride, rank));
                _rows.Floats((row * _stride) + rank, _stride - rank).Clear();
            }
        }

        for (var row = 0; row < ScoreTiles.WholeTiles(count); row++)
        {
            rows[row] = (float*)_rows.Address + ((nint)Math.Min(row, count - 1) * _stride);
        }

        return count;
    }
}
