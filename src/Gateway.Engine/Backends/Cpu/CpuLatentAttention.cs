using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

/// <remarks>
/// In the absorbed form, for prompts as for answers: with q' = q·W_UK a score is q'·c over the cached latent c itself, so keys and values
/// are never expanded, and all heads share one cached row per token. One form only, since a token's result must have the same bits
/// whether it comes in a long chunk, in a short one, by itself, or is found in the cache (docs/adr/0027-attention-on-the-cpu.md).
/// </remarks>
internal sealed class CpuLatentAttention : ILatentAttention
{
    private readonly CpuBackend _backend;
    private readonly LatentAttentionShape _shape;
    private readonly float[] _latentNorm;
    private readonly ILatentProducts _products;
    private readonly CpuLatentAdapters? _adapters;
    private readonly CpuAngles _angles;
    private readonly CpuAttention _attention;
    private readonly LatentNorm _norm;
    private readonly Absorption _absorption;
    private readonly Expansion _expansion;

    /// <param name="backend">Where the step is.</param>
    /// <param name="shape">Dimensions.</param>
    /// <param name="latentNorm">Weight of the latent's norm.</param>
    /// <param name="products">Those with kv_b_proj.</param>
    /// <param name="adapters">What adapters add to those; null for nothing.</param>
    /// <param name="angles">Of the step's positions.</param>
    /// <param name="workspace">Shared by the layers.</param>
    public CpuLatentAttention(
        CpuBackend backend,
        LatentAttentionShape shape,
        float[] latentNorm,
        ILatentProducts products,
        CpuLatentAdapters? adapters,
        CpuAngles angles,
        CpuLatentWorkspace workspace)
    {
        (_backend, _shape, _latentNorm, _products, _adapters, _angles) = (backend, shape, latentNorm, products, adapters, angles);
        _attention = workspace.Attention;
        (_norm, _absorption, _expansion) = (new LatentNorm(this), new Absorption(this), new Expansion(this));
    }

    public void Apply(RowsView query, RowsView latents, IRows attended)
    {
        var (tokens, heads, rank) = (_backend.Batch.TokenCount, _shape.Heads, _shape.LatentRank);
        (_norm.Latents, _absorption.Query, _expansion.Attended) = (latents, query, (CpuRows)attended);
        _backend.Team.For(tokens, (long)tokens * rank * 4, 1, _norm);
        _backend.Observe("mla.latent", _shape.Layer, latents);
        Remember(latents);

        var items = heads * ((tokens + CpuLatentWorkspace.TokensAtOnce - 1) / CpuLatentWorkspace.TokensAtOnce);
        _backend.Team.For(items, (long)tokens * heads * _shape.NopeDimension * rank, 1, _absorption);
        _attention.Run(_backend.Cache, _shape.Layer);
        _backend.Team.For(items, (long)tokens * heads * _shape.ValueDimension * rank, 1, _expansion);
    }

    /// <summary>Latents, normed, and shared keys, rotated, into the cache.</summary>
    private void Remember(RowsView latents)
    {
        var (batch, rank) = (_backend.Batch, _shape.LatentRank);
        for (var token = 0; token < batch.TokenCount; token++)
        {
            var row = CpuBackend.Row(latents, token);
            Rotation.RotateInterleaved(row[rank..], _angles.Cos(token), _angles.Sin(token));
            _backend.Cache.Write(_shape.Layer, 0, batch.Blocks[token], batch.Positions[token], row);
        }
    }

    private ReadOnlySpan<int> AdaptersOf(int first, int tokens) => _backend.Batch.Adapters.Span.Slice(first, tokens);

    private sealed class LatentNorm(CpuLatentAttention owner) : ITeamWork
    {
        public RowsView Latents { get; set; }

        public void Run(int from, int to)
        {
            for (var token = from; token < to; token++)
            {
                var latent = CpuBackend.Row(Latents, token)[..owner._shape.LatentRank];
                Normalization.RmsNorm(latent, owner._latentNorm, owner._shape.NormEpsilon, latent);
            }
        }
    }

    /// <summary>W_UK into the queries, and the channels with position turned to it.</summary>
    private sealed class Absorption(CpuLatentAttention owner) : ITeamWork
    {
        public RowsView Query { get; set; }

        public void Run(int from, int to)
        {
            var (shape, rows) = (owner._shape, (CpuRows)Query.Rows);
            for (var item = from; item < to; item++)
            {
                var (first, head) = (item / shape.Heads * CpuLatentWorkspace.TokensAtOnce, item % shape.Heads);
                var tokens = Math.Min(CpuLatentWorkspace.TokensAtOnce, owner._backend.Batch.TokenCount - first);
                var channel = Query.Offset + (head * shape.HeadDimension);
                var queries = rows.Values.AsSpan((first * rows.Columns) + channel);
                owner._products.Absorb(head, queries, rows.Columns, tokens, owner._attention.Queries(first, head));
                owner._adapters?.Absorb(owner.AdaptersOf(first, tokens), head, queries, rows.Columns, owner._attention.Queries(first, head));
                for (var token = first; token < first + tokens; token++)
                {
                    var turned = owner._attention.Query(token, head)[shape.LatentRank..];
                    rows.Row(token).Slice(channel + shape.NopeDimension, shape.RopeDimension).CopyTo(turned);
                    Rotation.RotateInterleaved(turned, owner._angles.Cos(token), owner._angles.Sin(token));
                }
            }
        }
    }

    /// <summary>The attended latents, expanded by W_UV.</summary>
    private sealed class Expansion(CpuLatentAttention owner) : ITeamWork
    {
        public CpuRows? Attended { get; set; }

        public void Run(int from, int to)
        {
            var shape = owner._shape;
            for (var item = from; item < to; item++)
            {
                var (first, head) = (item / shape.Heads * CpuLatentWorkspace.TokensAtOnce, item % shape.Heads);
                var tokens = Math.Min(CpuLatentWorkspace.TokensAtOnce, owner._backend.Batch.TokenCount - first);
                var values = Attended!.Values.AsSpan((first * Attended.Columns) + (head * shape.ValueDimension));
                owner._products.Expand(head, owner._attention.Results(first, head), tokens, values, Attended.Columns);
                owner._adapters?.Expand(owner.AdaptersOf(first, tokens), head, owner._attention.Results(first, head), values, Attended.Columns);
            }
        }
    }
}
