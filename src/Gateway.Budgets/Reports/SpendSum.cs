namespace Gateway.Budgets.Reports;

/// <summary>Sums over requests. Costs are in nano-US-dollars.</summary>
/// <param name="EstimatedCost">The part of the cost that is by tokens which the gateway counted.</param>
/// <param name="HoldCost">The part of the cost that is what was held, since the price is not known.</param>
internal sealed record SpendSum(
    long Requests, long InputTokens, long CachedInputTokens, long OutputTokens, long ReasoningTokens, long Cost, long EstimatedCost, long HoldCost)
{
    public static SpendSum Nothing { get; } = new(0, 0, 0, 0, 0, 0, 0, 0);

    public long Tokens => InputTokens + CachedInputTokens + OutputTokens + ReasoningTokens;
}
