namespace Gateway.Policies;

/// <summary>
/// How many calls of the whole gateway may be second ones (retries and hedges), so that trouble behind it is not multiplied. The first try
/// of another candidate is free: it hits who is well.
/// </summary>
public sealed record RetryBudgetPolicy
{
    public static RetryBudgetPolicy Default { get; } = new();

    /// <summary>Second calls per request: 0 to 1. The default value is 0.2 (i.e. 20%).</summary>
    public double Share { get; init; } = 0.2;

    /// <summary>Second calls that are always allowed, per second, so that a quiet gateway may retry too: 0 to 1000. The default value is 10.</summary>
    public double PerSecond { get; init; } = 10;
}
