using Gateway.Engine.Backends;

namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>One decoder layer.</summary>
internal sealed class DeepSeekV2Layer
{
    private readonly int? _queryRank;
    private readonly int _queryWidth;
    private readonly int _cacheWidth;
    private readonly IProjection _input;
    private readonly IProjection? _queryUp;
    private readonly ILatentAttention _attention;
    private readonly IResidualLinear _output;
    private readonly IFeedForward _feedForward;

    public DeepSeekV2Layer(int layer, DeepSeekV2Config config, RotaryEmbedding rotary, LayerWeights weights, IBackend backend)
    {
        var attention = weights.Attention;
        (_queryRank, _queryWidth, _cacheWidth) = (config.QueryRank, config.Heads * config.HeadDimension, config.CacheWidth);
        _input = backend.Projection(
            weights.InputNorm, config.NormEpsilon, attention.QueryDown ?? attention.Query, attention.LatentDown);
        _queryUp = attention.QueryDownNorm is { } norm ? backend.Projection(norm, config.NormEpsilon, attention.Query) : null;
        _attention = backend.LatentAttention(config.Attention(layer, rotary), attention.LatentNorm, attention.LatentUp);
        _output = backend.ResidualLinear(attention.Output);
        _feedForward = weights.Dense is { } dense
            ? backend.Mlp(weights.PostAttentionNorm, config.NormEpsilon, dense)
            : backend.Mixture(layer, weights.PostAttentionNorm, config.NormEpsilon, weights.Mixture!);
    }

    public void Forward(DeepSeekV2Rows rows)
    {
        // :: Step 2: norm and project to queries and latents
        _input.Apply(RowsView.Of(rows.Hidden), rows.Projected);
        var query = new RowsView(rows.Projected, 0, _queryRank ?? _queryWidth);
        var latents = new RowsView(rows.Projected, query.Columns, _cacheWidth);
        if (_queryUp is not null)
        {
            _queryUp.Apply(query, rows.Query!);
            query = RowsView.Of(rows.Query!);
        }

        // :: Step 3: attend to the latents
        _attention.Apply(query, latents, rows.Attended);

        // :: Step 4: project back
        _output.Add(rows.Attended, rows.Hidden);

        // :: Step 5: norm and feed forward
        _feedForward.Add(rows.Hidden);
    }
}
