namespace Gateway.Budgets;

/// <summary>One record of the ledger. Records are never changed.</summary>
public sealed record LedgerRecord(LedgerPosition Position, LedgerEntry Entry);
