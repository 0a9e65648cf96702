namespace Gateway.Policies;

/// <summary>
/// Degrading in good order when the gateway runs hot: scored routes weigh cost and latency more and quality less as the pressure rises
/// from 0 at <see cref="StartInFlight"/> to 1 at <see cref="FullInFlight"/> requests under way.
/// </summary>
public sealed record BrownOutPolicy
{
    /// <summary>Requests under way at which degrading begins: 1 to 1,000,000.</summary>
    public required int StartInFlight { get; init; }

    /// <summary>Requests under way at which it is complete: above <see cref="StartInFlight"/>, up to 1,000,000.</summary>
    public required int FullInFlight { get; init; }

    /// <summary>The shares of a caller's budget between which its own requests are degraded; null, the default, for not at all.</summary>
    public BrownOutBudget? BudgetUsed { get; init; }

    /// <summary>What is taken off a route's <c>minQuality</c> at full pressure: 0 to 1. The default value is 0.2.</summary>
    public double QualityRelief { get; init; } = 0.2;

    /// <summary>By what the weight of cost is multiplied at full pressure: 1 to 100. The default value is 4.</summary>
    public double CostFactor { get; init; } = 4;

    /// <summary>0 below the start, 1 from the full value on, a straight line between.</summary>
    public double PressureAt(int inFlight) => Math.Clamp((inFlight - StartInFlight) / (double)(FullInFlight - StartInFlight), 0, 1);
}
