namespace Gateway.Budgets;

/// <summary>What a settlement did. Settling again does nothing, and gives the same but for <see cref="IsRepeated"/>.</summary>
/// <param name="IsRepeated">Whether the request was settled before.</param>
/// <param name="Record">Where the request stands in the ledger.</param>
public sealed record SettleResult(bool IsRepeated, LedgerPosition Record);
