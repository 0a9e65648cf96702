namespace Gateway.Budgets;

/// <summary>Tokens by kind, over all attempts that are paid for. No kind is part of another.</summary>
/// <param name="Input">At the full price.</param>
/// <param name="CachedInput">From the provider's prompt cache.</param>
/// <param name="Output">Of the answer.</param>
/// <param name="Reasoning">Generated before the answer, and not part of it.</param>
public sealed record LedgerTokens(long Input, long CachedInput, long Output, long Reasoning);
