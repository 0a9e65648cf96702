using System.Buffers;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

/// <remarks>Each token's result has the same bits whatever else is in the batch; see <see cref="DotProducts"/>.</remarks>
internal sealed class CpuGroupedAttention(CpuBackend backend, GroupedAttentionShape shape, HeadNorms? norms, CpuAngles angles)
    : IGroupedAttention
{
    private readonly int _groupSize = shape.Heads / shape.KeyHeads;

    public void Apply(IRows projected, IRows attended)
    {
        var (batch, cache, keys) = (backend.Batch, backend.Cache, shape.KeyHeads * shape.HeadDimension);
        for (var token = 0; token < batch.TokenCount; token++)
        {
            var row = ((CpuRows)projected).Row(token);
            Turn(row, shape.Heads, norms?.Query, token);
            var kept = cache.Row(shape.Layer, batch.Blocks[token], batch.Positions[token]);
            row.Slice(shape.Heads * shape.HeadDimension, 2 * keys).CopyTo(kept);
            Turn(kept, shape.KeyHeads, norms?.Key, token);
        }

        var contexts = 0L;
        foreach (var position in batch.Positions)
        {
            contexts += position + 1;
        }

        var (tokens, groups) = (batch.TokenCount, shape.KeyHeads);
        backend.Team.For(tokens * groups, contexts * shape.Heads * shape.HeadDimension * 2, 1, new TeamAction((from, to) =>
        {
            for (var item = from; item < to; item++)
            {
                Attend(batch, cache, item / groups, item % groups, (CpuRows)projected, (CpuRows)attended);
            }
        }));
    }

    /// <summary>Norms each head where the model does, and turns it to its token's position.</summary>
    private void Turn(Span<float> heads, int count, float[]? norm, int token)
    {
        for (var head = 0; head < count; head++)
        {
            var channels = heads.Slice(head * shape.HeadDimension, shape.HeadDimension);
            if (norm is not null)
            {
                Normalization.RmsNorm(channels, norm, norms!.Epsilon, channels);
            }

            Rotation.RotateHalves(channels, angles.Cos(token), angles.Sin(token));
        }
    }

    private void Attend(StepBatch batch, PagedCache cache, int token, int keyHead, CpuRows projected, CpuRows attended)
    {
        var (channels, context, blocks) = (shape.HeadDimension, batch.Positions[token] + 1, batch.Blocks[token]);
        var (width, keyOffset) = (shape.CacheWidth, keyHead * channels);
        var valueOffset = keyOffset + (shape.KeyHeads * channels);
        var first = keyHead * _groupSize * channels;
        var queries = projected.Row(token).Slice(first, _groupSize * channels);
        var output = attended.Row(token).Slice(first, _groupSize * channels);
        var scores = ArrayPool<float>.Shared.Rent(_groupSize * context);
        for (var position = 0; position < context; position++)
        {
            var start = position / cache.BlockSize;
            var row = cache.Rows(shape.Layer, blocks[start], cache.BlockSize).Slice((position % cache.BlockSize * width) + keyOffset, channels);
            for (var head = 0; head < _groupSize; head++)
            {
                scores[(head * context) + position] = DotProducts.Dot(row, queries.Slice(head * channels, channels)) * shape.SoftmaxScale;
            }
        }

        output.Clear();
        for (var head = 0; head < _groupSize; head++)
        {
            var probabilities = scores.AsSpan(head * context, context);
            Normalization.Softmax(probabilities);
            for (var start = 0; start < context; start += cache.BlockSize)
            {
                var count = Math.Min(cache.BlockSize, context - start);
                var rows = cache.Rows(shape.Layer, blocks[start / cache.BlockSize], count)[valueOffset..];
                WeightedSum.Add(rows, width, probabilities.Slice(start, count), output.Slice(head * channels, channels));
            }
        }

        ArrayPool<float>.Shared.Return(scores);
    }

    private sealed class TeamAction(Action<int, int> action) : ITeamWork
    {
        public void Run(int from, int to) => action(from, to);
    }
}
