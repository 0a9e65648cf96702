namespace Gateway.Policies;

/// <summary>
/// A second attempt at the next candidate while the first still has no token (Dean and Barroso, "The Tail at Scale", 2013): after the live
/// quantile of the model's own first-token times. Whoever has a token first answers; the other one is cancelled.
/// </summary>
public sealed record HedgePolicy
{
    /// <summary>
    /// The quantile of the first token after which a second attempt starts: 0.5 to 0.999. The default value is 0.95. Three times the median is
    /// late enough in any case.
    /// </summary>
    public double Quantile { get; init; } = 0.95;

    /// <summary>Never sooner than this, and the pause while nothing has been observed yet. From 0.001 seconds to an hour. The default value is 0.5 seconds.</summary>
    public TimeSpan MinDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The most second attempts, as a share of the route's requests: above 0, up to 1. The default value is 0.08 (i.e. 8%).</summary>
    public double MaxShare { get; init; } = 0.08;
}
