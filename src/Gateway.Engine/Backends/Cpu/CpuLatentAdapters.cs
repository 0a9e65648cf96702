using System.Runtime.CompilerServices;
using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>
/// What adapters add to a latent's expansion in its absorbed form. kv_b_proj + s·B·A splits by its rows into W_UK + s·B_UK·A and
/// W_UV + s·B_UV·A, so a head's query gets Aᵀ·(s·B_UKᵀ·q) and its value s·B_UV·(A·c), through the low rank in both directions: exact, and no
/// matrix of the model is touched. May be called from several threads of a team at once.
/// </summary>
internal sealed class CpuLatentAdapters
{
    // Tokens under one adapter that share each load of its weights; what they are in the low rank lies on the stack.
    private const int TokensAtOnce = 4;

    private readonly LatentAttentionShape _shape;
    private readonly Pair?[] _byNumber;

    public CpuLatentAdapters(LatentAttentionShape shape, ModuleAdapters adapters)
    {
        _shape = shape;
        _byNumber = [.. adapters.ByNumber.Select(pair => pair is null ? null : new Pair(shape, pair))];
    }

    /// <summary>y += Aᵀ·(s·B_UKᵀ·x), for each token under an adapter.</summary>
    /// <param name="adapters">The adapter of each token.</param>
    /// <param name="head">The head.</param>
    /// <param name="x">Per token the channels of its query that come from the latent.</param>
    /// <param name="xStride">Floats from one token's channels to the next one's.</param>
    /// <param name="y">Per token the query in the latent's space.</param>
    [SkipLocalsInit]
    public void Absorb(ReadOnlySpan<int> adapters, int head, ReadOnlySpan<float> x, int xStride, RowBlock y)
    {
        Span<float> low = stackalloc float[TokensAtOnce * LoraAdapter.MaxRank];
        var queries = y.Span(adapters.Length, _shape.LatentRank);
        for (int begin = 0, end; begin < adapters.Length; begin = end)
        {
            end = AdapterRuns.End(adapters, begin, TokensAtOnce);
            if (_byNumber[adapters[begin]] is { } pair)
            {
                var rank = pair.Rank;
                DotProducts.Multiply(pair.KeysOf(head), rank, _shape.NopeDimension, x[(begin * xStride)..], xStride, end - begin, low, rank);
                pair.Transposed.Add(low, rank, end - begin, 0, _shape.LatentRank, queries[(begin * y.TokenStride)..], y.TokenStride);
            }
        }
    }

    /// <summary>y += s·B_UV·(A·x), for each token under an adapter.</summary>
    /// <param name="adapters">The adapter of each token.</param>
    /// <param name="head">The head.</param>
    /// <param name="x">Per token a vector of the latent's space.</param>
    /// <param name="y">Per token the channels of the head's value.</param>
    /// <param name="yStride">Floats from one token's values to the next one's.</param>
    [SkipLocalsInit]
    public void Expand(ReadOnlySpan<int> adapters, int head, RowBlock x, Span<float> y, int yStride)
    {
        Span<float> low = stackalloc float[TokensAtOnce * LoraAdapter.MaxRank];
        ReadOnlySpan<float> attended = x.Span(adapters.Length, _shape.LatentRank);
        for (int begin = 0, end; begin < adapters.Length; begin = end)
        {
            end = AdapterRuns.End(adapters, begin, TokensAtOnce);
            if (_byNumber[adapters[begin]] is { } pair)
            {
                var rank = pair.Rank;
                DotProducts.Multiply(pair.A, rank, _shape.LatentRank, attended[(begin * x.TokenStride)..], x.TokenStride, end - begin, low, rank);
                pair.ValuesOf(head).Add(low, rank, end - begin, 0, _shape.ValueDimension, y[(begin * yStride)..], yStride);
            }
        }
    }

    /// <summary>An adapter's, cut up by heads, with the scaling in B.</summary>
    private sealed class Pair
    {
        // [heads, rank, key]
        private readonly float[] _keys;
        private readonly LowRankPanels[] _values;
        private readonly int _keysPerHead;

        public Pair(LatentAttentionShape shape, LoraPair pair)
        {
            (A, Rank, _keysPerHead) = (pair.A, pair.Rank, pair.Rank * shape.NopeDimension);
            Transposed = new LowRankPanels(Transpose(pair.A, pair.Rank), pair.Rank, 1);
            _keys = new float[shape.Heads * _keysPerHead];
            _values = new LowRankPanels[shape.Heads];
            for (var head = 0; head < shape.Heads; head++)
            {
                var rows = pair.B.AsSpan(head * shape.RowsPerHead * Rank, shape.RowsPerHead * Rank);
                _values[head] = new LowRankPanels(rows[(shape.NopeDimension * Rank)..].ToArray(), Rank, pair.Scaling);
                for (var place = 0; place < _keysPerHead; place++)
                {
                    var (row, channel) = Math.DivRem(place, shape.NopeDimension);
                    _keys[(head * _keysPerHead) + place] = rows[(channel * Rank) + row] * pair.Scaling;
                }
            }
        }

        public int Rank { get; }

        /// <summary>[rank, latent]</summary>
        public float[] A { get; }

        /// <summary>Aᵀ</summary>
        public LowRankPanels Transposed { get; }

        /// <summary>s·B_UKᵀ of a head, [rank, key].</summary>
        public ReadOnlySpan<float> KeysOf(int head) => _keys.AsSpan(head * _keysPerHead, _keysPerHead);

        /// <summary>s·B_UV of a head, [value, rank].</summary>
        public LowRankPanels ValuesOf(int head) => _values[head];

        private static float[] Transpose(float[] values, int rows)
        {
            var columns = values.Length / rows;
            var transposed = new float[values.Length];
            for (var place = 0; place < values.Length; place++)
            {
                var (row, column) = Math.DivRem(place, columns);
                transposed[(column * rows) + row] = values[place];
            }

            return transposed;
        }
    }
}
