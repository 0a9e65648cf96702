using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>What a route scores by at this moment: its own settings, as far as the brown-out has not moved them.</summary>
/// <param name="QualityWeight">wq.</param>
/// <param name="CostWeight">wc; times <see cref="BrownOutPolicy.CostFactor"/> at full pressure.</param>
/// <param name="LatencyWeight">wl.</param>
/// <param name="CostScaleUsd">c₀, US dollars.</param>
/// <param name="LatencyScaleSeconds">l₀.</param>
/// <param name="MinQuality">0 to 1; lower by <see cref="BrownOutPolicy.QualityRelief"/> at full pressure; null for none.</param>
/// <param name="MaxCostUsd">US dollars; null for none.</param>
public readonly record struct ScoreTerms(
    double QualityWeight,
    double CostWeight,
    double LatencyWeight,
    double CostScaleUsd,
    double LatencyScaleSeconds,
    double? MinQuality,
    double? MaxCostUsd)
{
    private static readonly RouteDefinition Unrouted = new() { Name = "", Candidates = [] };

    /// <param name="route">Null for a request that names a model: it has the defaults of a route.</param>
    /// <param name="brownOut">Null when nothing is degraded.</param>
    /// <param name="pressure">0 to 1.</param>
    public static ScoreTerms Of(RouteDefinition? route, BrownOutPolicy? brownOut, double pressure)
    {
        route ??= Unrouted;
        var (costFactor, relief) = brownOut is null ? (1, 0) : (1 + (pressure * (brownOut.CostFactor - 1)), pressure * brownOut.QualityRelief);
        return new ScoreTerms(
            route.Weights.Quality,
            route.Weights.Cost * costFactor,
            route.Weights.Latency,
            route.CostScaleUsd,
            route.LatencyScale.TotalSeconds,
            route.MinQuality is { } floor ? Math.Max(0, floor - relief) : null,
            route.MaxCostUsd);
    }

    /// <param name="quality">0 to 1.</param>
    /// <param name="costUsd">0 when nothing is known about any candidate's.</param>
    /// <param name="latencySeconds">Seconds.</param>
    internal double Score(double quality, double costUsd, double latencySeconds) =>
        (QualityWeight * quality) - (CostWeight * costUsd / CostScaleUsd) - (LatencyWeight * latencySeconds / LatencyScaleSeconds);
}
