using System.Buffers;
using System.Numerics.Tensors;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cpu;

/// <remarks>
/// In the absorbed form: with q' = q·W_UK a score is q'·c over the cached latent c itself, so keys and values are never expanded,
/// and heads share one cached row per token. Each token's result has the same bits whatever else is in the batch; see
/// <see cref="DotProducts"/>.
/// </remarks>
/// <param name="backend">Where the step is.</param>
/// <param name="shape">Dimensions.</param>
/// <param name="latentNorm">Weight of the latent's norm.</param>
/// <param name="latentUp">kv_b_proj: per head the rows that expand the latent to a key (W_UK), then those to a value (W_UV).</param>
/// <param name="angles">Of the step's positions.</param>
/// <param name="absorbed">Scratch. Per head, first the query as the latent sees it, with its rotated channels; then the attended latent.</param>
internal sealed class CpuLatentAttention(
    CpuBackend backend, LatentAttentionShape shape, float[] latentNorm, WeightMatrix latentUp, CpuAngles angles, float[] absorbed)
    : ILatentAttention
{
    public void Apply(RowsView query, RowsView latents, IRows attended)
    {
        var (batch, tokens, heads, rank) = (backend.Batch, backend.Batch.TokenCount, shape.Heads, shape.LatentRank);
        Remember(latents);

        // Absorb W_UK into the queries.
        backend.Team.For(heads, (long)tokens * heads * shape.NopeDimension * rank, 1, new TeamAction((from, to) =>
        {
            for (var head = from; head < to; head++)
            {
                Absorb(query, head, tokens);
            }
        }));

        var contexts = 0L;
        foreach (var position in batch.Positions)
        {
            contexts += position + 1;
        }

        var cache = backend.Cache;
        backend.Team.For(tokens * heads, contexts * heads * (shape.CacheWidth + rank), 1, new TeamAction((from, to) =>
        {
            for (var item = from; item < to;)
            {
                var token = item / heads;
                var lastHead = Math.Min(heads, to - (token * heads));
                Attend(batch, cache, token, item % heads, lastHead);
                item = (token * heads) + lastHead;
            }
        }));

        // Expand by W_UV.
        backend.Team.For(heads, (long)tokens * heads * shape.ValueDimension * rank, 1, new TeamAction((from, to) =>
        {
            for (var head = from; head < to; head++)
            {
                var first = (head * shape.RowsPerHead) + shape.NopeDimension;
                MatrixProduct.Rows(
                    latentUp, first, first + shape.ValueDimension,
                    absorbed.AsSpan(head * shape.CacheWidth), heads * shape.CacheWidth, tokens,
                    ((CpuRows)attended).Values.AsSpan(head * shape.ValueDimension), heads * shape.ValueDimension);
            }
        }));
    }

    /// <summary>Latents, normed, and shared keys, rotated, into the cache.</summary>
    private void Remember(RowsView latents)
    {
        var (batch, cache, rank) = (backend.Batch, backend.Cache, shape.LatentRank);
        for (var token = 0; token < batch.TokenCount; token++)
        {
            var latent = CpuBackend.Row(latents, token)[..rank];
            Normalization.RmsNorm(latent, latentNorm, shape.NormEpsilon, latent);
        }

        backend.Observe("mla.latent", shape.Layer, latents);
        for (var token = 0; token < batch.TokenCount; token++)
        {
            var kept = cache.Row(shape.Layer, batch.Blocks[token], batch.Positions[token]);
            CpuBackend.Row(latents, token).CopyTo(kept);
            Rotation.RotateInterleaved(kept[rank..], angles.Cos(token), angles.Sin(token));
        }
    }

    private void Absorb(RowsView query, int head, int tokens)
    {
        var (first, stride, width) = (head * shape.RowsPerHead, query.Rows.Columns, shape.Heads * shape.CacheWidth);
        var queries = ((CpuRows)query.Rows).Values.AsSpan(query.Offset + (head * shape.HeadDimension));
        var ofHead = absorbed.AsSpan(head * shape.CacheWidth);
        MatrixProduct.TransposedRows(latentUp, first, first + shape.NopeDimension, queries, stride, tokens, ofHead, width);
        for (var token = 0; token < tokens; token++)
        {
            var rotated = ofHead.Slice((token * width) + shape.LatentRank, shape.RopeDimension);
            queries.Slice((token * stride) + shape.NopeDimension, shape.RopeDimension).CopyTo(rotated);
            Rotation.RotateInterleaved(rotated, angles.Cos(token), angles.Sin(token));
        }
    }

    /// <summary>Replaces the absorbed queries of heads [firstHead, lastHead) of a token by the latents that they attend to.</summary>
    private void Attend(StepBatch batch, PagedCache cache, int token, int firstHead, int lastHead)
    {
        var (width, heads, context) = (shape.CacheWidth, lastHead - firstHead, batch.Positions[token] + 1);
        var ofHeads = absorbed.AsSpan((token * shape.Heads * width) + (firstHead * width), heads * width);
        var blocks = batch.Blocks[token];
        var scores = ArrayPool<float>.Shared.Rent(heads * context);
        for (var start = 0; start < context; start += cache.BlockSize)
        {
            var count = Math.Min(cache.BlockSize, context - start);
            var rows = cache.Rows(shape.Layer, blocks[start / cache.BlockSize], count);
            DotProducts.Multiply(rows, count, width, ofHeads, width, heads, scores.AsSpan(start), context);
        }

        for (var head = 0; head < heads; head++)
        {
            var probabilities = scores.AsSpan(head * context, context);
            TensorPrimitives.Multiply(probabilities, shape.SoftmaxScale, probabilities);
            Normalization.Softmax(probabilities);
            var attended = ofHeads.Slice(head * width, shape.LatentRank);
            attended.Clear();
            for (var start = 0; start < context; start += cache.BlockSize)
            {
                var count = Math.Min(cache.BlockSize, context - start);
                var rows = cache.Rows(shape.Layer, blocks[start / cache.BlockSize], count);
                WeightedSum.Add(rows, width, probabilities.Slice(start, count), attended);
            }
        }

        ArrayPool<float>.Shared.Return(scores);
    }

    private sealed class TeamAction(Action<int, int> action) : ITeamWork
    {
        public void Run(int from, int to) => action(from, to);
    }
}
