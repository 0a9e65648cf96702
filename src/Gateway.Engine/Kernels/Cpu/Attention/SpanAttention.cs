using Gateway.Engine.KvCache;

namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>
/// Attention of some queries to a span of keys: the part of flash attention (Dao et al. 2022, arXiv:2205.14135) between two merges. One
/// thread's, with scratch memory of its own.
/// </summary>
/// <remarks>
/// Spans begin at multiples of <see cref="Keys"/> tokens of the sequence, wherever a chunk of the prompt began; so a query's result is
/// made of the same sums in the same order whatever it was computed together with.
/// </remarks>
internal sealed unsafe class SpanAttention : IDisposable
{
    /// <summary>
    /// Tokens of a span. 128 keys of 576 floats are 288 KiB, which stay in the second-level cache from the scores to the sums; merging
    /// costs two multiply-adds per sum, one part in fifty of what the span costs.
    /// </summary>
    public const int Keys = 128;

    /// <summary>Most queries at a time.</summary>
    public const int MaxQueries = 32;

    private readonly AttentionShape _shape;
    private readonly AlignedBuffer _scores = AlignedBuffer.OfFloats(MaxQueries * Keys);
    private readonly AlignedBuffer _later;
    private readonly AlignedBuffer _keys;
    private readonly AlignedBuffer _values;

    public SpanAttention(AttentionShape shape)
    {
        _shape = shape;
        _later = AlignedBuffer.OfFloats(MaxQueries * shape.ResultStride);
        _keys = AlignedBuffer.OfFloats(Keys * shape.QueryStride);
        _values = AlignedBuffer.OfFloats(shape.ValuesAreKeys ? 0 : Keys * shape.ResultWidth);
    }

    /// <summary>Attends to the whole context, one span after the other.</summary>
    /// <param name="cache">Keys and values.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="block">Whose queries.</param>
    /// <param name="queries">The queries.</param>
    /// <param name="results">Receives their results, finished.</param>
    public void Attend(PagedCache cache, int layer, in QueryBlock block, RowBlock queries, RowBlock results)
    {
        Attend(cache, layer, block, queries, 0, results);
        var later = Later(block);
        for (var span = 1; span < block.Spans; span++)
        {
            Attend(cache, layer, block, queries, span, later);
            Merge(block, results, later);
        }

        Finish(block, results);
    }

    /// <summary>Attends to one span.</summary>
    /// <param name="cache">Keys and values.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="block">Whose queries.</param>
    /// <param name="queries">The queries.</param>
    /// <param name="span">Which span, from 0.</param>
    /// <param name="results">Receives the span's result rows.</param>
    public void Attend(PagedCache cache, int layer, in QueryBlock block, RowBlock queries, int span, RowBlock results)
    {
        var first = span * Keys;
        var count = Math.Min(Keys, block.Context - first);
        var whole = ScoreTiles.WholeTiles(count);
        var keys = stackalloc float*[Keys];
        var values = keys;
        Locate(cache, layer, block, first, count, block.KeyHead, _shape.KeyWidth, _keys, keys);
        if (!_shape.ValuesAreKeys)
        {
            var ofValues = stackalloc float*[Keys];
            values = ofValues;
            Locate(cache, layer, block, first, count, _shape.KeyHeads + block.KeyHead, _shape.ValueWidth, _values, values);
        }

        for (var key = count; key < whole; key++)
        {
            keys[key] = keys[count - 1];
        }

        var queryCount = block.Tokens * block.Heads;
        var wholeQueries = ScoreTiles.WholeTiles(queryCount);
        var query = stackalloc float*[MaxQueries];
        var scores = stackalloc float*[MaxQueries];
        var sums = stackalloc float*[MaxQueries];
        for (var i = 0; i < wholeQueries; i++)
        {
            var item = Math.Min(i, queryCount - 1);
            var (token, head) = (item / block.Heads, item % block.Heads);
            query[i] = queries.Row(token, head);
            scores[i] = (float*)_scores.Address + ((nint)item * Keys);
            sums[i] = results.Row(token, head);
        }

        ScoreTiles.Multiply(query, wholeQueries, keys, whole, _shape.QueryStride, _shape.Scale, scores);
        for (var i = 0; i < queryCount; i++)
        {
            var seen = Math.Min(count, block.Position + (i / block.Heads) + 1 - first);
            SpanSoftmax.Exponentiate(scores[i], seen, count, sums[i] + _shape.ResultWidth);
        }

        ValueTiles.Accumulate(scores, wholeQueries, values, count, _shape.ResultWidth, sums, add: false);
    }

    /// <summary>Adds a later span's result rows to what there is so far.</summary>
    public void Merge(in QueryBlock block, RowBlock results, RowBlock later)
    {
        for (var token = 0; token < block.Tokens; token++)
        {
            for (var head = 0; head < block.Heads; head++)
            {
                SpanSoftmax.Merge(results.Row(token, head), later.Row(token, head), _shape.ResultWidth);
            }
        }
    }

    /// <summary>When all spans are merged.</summary>
    public void Finish(in QueryBlock block, RowBlock results)
    {
        for (var token = 0; token < block.Tokens; token++)
        {
            for (var head = 0; head < block.Heads; head++)
            {
                SpanSoftmax.Finish(results.Row(token, head), _shape.ResultWidth);
            }
        }
    }

    public void Dispose()
    {
        _scores.Dispose();
        _later.Dispose();
        _keys.Dispose();
        _values.Dispose();
    }

    private RowBlock Later(in QueryBlock block) => new(_later.Address, block.Heads * _shape.ResultStride, _shape.ResultStride);

    /// <summary>
    /// Addresses of the rows of a plane in float32 and whole vectors: in the cache itself where it holds them so, else of a copy.
    /// </summary>
    private static void Locate(
        PagedCache cache, int layer, in QueryBlock block, int first, int count, int plane, int width, AlignedBuffer copy, float** rows)
    {
        var padded = (width + 15) / 16 * 16;
        var asKept = cache.Type == KvCacheType.F32 && padded == width;
        var bytes = width * PagedCache.BytesPerValue(cache.Type);
        for (var i = 0; i < count;)
        {
            var (number, slot) = Math.DivRem(first + i, cache.BlockSize);
            var address = cache.Row(layer, plane, width, block.Blocks[number], slot);
            for (var end = Math.Min(count, i + cache.BlockSize - slot); i < end; i++, address += bytes)
            {
                if (asKept)
                {
                    rows[i] = (float*)address;
                    continue;
                }

                rows[i] = (float*)copy.Address + ((nint)i * padded);
                CacheRows.Read(address, cache.Type, width, rows[i], padded);
            }
        }
    }
}
