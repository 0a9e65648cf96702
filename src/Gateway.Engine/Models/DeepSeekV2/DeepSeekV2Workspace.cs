namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>The intermediate results of a forward pass, allocated once. Each holds one row per token of the batch.</summary>
internal sealed class DeepSeekV2Workspace(DeepSeekV2Config config, int maxTokens)
{
    /// <summary>The residual stream.</summary>
    public float[] Hidden { get; } = Rows(maxTokens, config.HiddenSize);

    public float[] Normed { get; } = Rows(maxTokens, config.HiddenSize);

    /// <summary>What a block adds to the residual stream.</summary>
    public float[] Added { get; } = Rows(maxTokens, config.HiddenSize);

    public float[] QueryDown { get; } = Rows(maxTokens, config.QueryRank ?? 0);

    /// <summary>Per head: channels without position, then channels to be rotated.</summary>
    public float[] Query { get; } = Rows(maxTokens, config.Heads * config.HeadDimension);

    public float[] LatentDown { get; } = Rows(maxTokens, config.CacheWidth);

    /// <summary>Per head, first the query as the latent sees it, with its rotated channels; then the attended latent.</summary>
    public float[] Absorbed { get; } = Rows(maxTokens, config.Heads * config.CacheWidth);

    public float[] Attended { get; } = Rows(maxTokens, config.Heads * config.ValueDimension);

    public float[] Cos { get; } = Rows(maxTokens, config.RopeDimension / 2);

    public float[] Sin { get; } = Rows(maxTokens, config.RopeDimension / 2);

    public float[] RouterLogits { get; } = Rows(maxTokens, config.Mixture?.RoutedExperts ?? 0);

    public int[] Experts { get; } = new int[maxTokens * (config.Mixture?.ExpertsPerToken ?? 0)];

    public float[] ExpertWeights { get; } = Rows(maxTokens, config.Mixture?.ExpertsPerToken ?? 0);

    /// <summary>The tokens of one expert, gathered.</summary>
    public float[] ExpertInput { get; } = Rows(maxTokens, config.HiddenSize);

    public float[] ExpertOutput { get; } = Rows(maxTokens, config.HiddenSize);

    public float[] Gate { get; } = Rows(maxTokens, LargestInnerSize(config));

    public float[] Up { get; } = Rows(maxTokens, LargestInnerSize(config));

    private static int LargestInnerSize(DeepSeekV2Config config) =>
        Math.Max(config.DenseInnerSize, (config.Mixture?.InnerSize ?? 0) * Math.Max(1, config.Mixture?.SharedExperts ?? 0));

    private static float[] Rows(int rows, int columns) => (long)rows * columns <= Array.MaxLength
        ? new float[rows * columns]
        : throw new EngineOptionsException(
            [$"{nameof(EngineOptions.MaxStepTokens)}: {rows} tokens of {columns} numbers are too many for one buffer; use fewer."]);
}
