using Gateway.Engine.Backends;

namespace Gateway.Engine.Models.Dense;

/// <summary>One decoder layer.</summary>
internal sealed class DenseLayer
{
    private readonly IProjection _input;
    private readonly IGroupedAttention _attention;
    private readonly IResidualLinear _output;
    private readonly IFeedForward _feedForward;

    public DenseLayer(int layer, DenseConfig config, RotaryEmbedding rotary, DenseLayerWeights weights, IBackend backend)
    {
        var norms = weights.QueryNorm is { } query && weights.KeyNorm is { } key ? new HeadNorms(query, key, config.NormEpsilon) : null;
        _input = backend.Projection(weights.InputNorm, config.NormEpsilon, weights.Query, weights.Key, weights.Value);
        _attention = backend.GroupedAttention(config.Attention(layer, rotary), norms);
        _output = backend.ResidualLinear(weights.Output);
        _feedForward = backend.Mlp(weights.PostAttentionNorm, config.NormEpsilon, weights.Mlp);
    }

    /// <param name="hidden">The residual stream.</param>
    /// <param name="projected">Scratch: query heads, key heads and value heads.</param>
    /// <param name="attended">Scratch: query heads.</param>
    public void Forward(IRows hidden, IRows projected, IRows attended)
    {
        // :: Step 2: norm and project to queries, keys and values
        _input.Apply(RowsView.Of(hidden), projected);

        // :: Step 3: attend to the keys and values so far
        _attention.Apply(projected, attended);

        // :: Step 4: project back
        _output.Add(attended, hidden);

        // :: Step 5: norm and feed forward
        _feedForward.Add(hidden);
    }
}
