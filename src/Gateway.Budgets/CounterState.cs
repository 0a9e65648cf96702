namespace Gateway.Budgets;

/// <summary>How a counter stands.</summary>
/// <param name="Spent">What was settled.</param>
/// <param name="Held">What requests under way hold; holds that are over do not count.</param>
public sealed record CounterState(CounterId Counter, long Spent, long Held)
{
    /// <summary>What a limit of this amount leaves; negative when it is overdrawn.</summary>
    public long Left(long limit) => limit - Spent - Held;
}
