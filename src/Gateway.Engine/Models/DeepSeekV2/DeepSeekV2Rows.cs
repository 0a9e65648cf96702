using Gateway.Engine.Backends;

namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>What the layers hand on to each other, one row per token.</summary>
internal sealed class DeepSeekV2Rows(DeepSeekV2Config config, IBackend backend)
{
    /// <summary>The residual stream.</summary>
    public IRows Hidden { get; } = backend.ResidualRows(config.HiddenSize);

    /// <summary>Queries, or what they are expanded from, beside latent and shared key.</summary>
    public IRows Projected { get; } = backend.Rows((config.QueryRank ?? (config.Heads * config.HeadDimension)) + config.CacheWidth);

    /// <summary>Queries that were expanded from a lower rank; null where they come at once.</summary>
    public IRows? Query { get; } = config.QueryRank is null ? null : backend.Rows(config.Heads * config.HeadDimension);

    public IRows Attended { get; } = backend.Rows(config.Heads * config.ValueDimension);
}
