namespace Gateway.Policies;

/// <summary>What a scored route values. Each is 0 to 1000; only their proportions matter.</summary>
/// <param name="Quality">wq, for the probability of a good answer (0 to 1). The default value is 1.</param>
/// <param name="Cost">wc, for the expected cost in units of <see cref="RouteDefinition.CostScaleUsd"/>. The default value is 0.3.</param>
/// <param name="Latency">wl, for the expected seconds in units of <see cref="RouteDefinition.LatencyScale"/>. The default value is 0.1.</param>
public sealed record ScoreWeights(double Quality = 1, double Cost = 0.3, double Latency = 0.1);
