namespace Gateway.Policies;

/// <summary>When a model of a provider is left alone for a while. One breaker per model, shared by all routes.</summary>
public sealed record BreakerPolicy
{
    public static BreakerPolicy Default { get; } = new();

    /// <summary>The share of failed calls in the window that opens the circuit: above 0, up to 1. The default value is 0.5 (i.e. 50%).</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>Calls in the window below which the circuit stays closed: 2 to 1000. The default value is 5.</summary>
    public int MinimumCalls { get; init; } = 5;

    /// <summary>The window that is looked back at: 0.5 seconds to an hour. The default value is 30 seconds.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an open circuit lets nothing through before one request may probe: 0.5 seconds to an hour. The default value is 15 seconds.</summary>
    public TimeSpan OpenFor { get; init; } = TimeSpan.FromSeconds(15);
}
