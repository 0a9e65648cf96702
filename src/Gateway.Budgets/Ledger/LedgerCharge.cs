namespace Gateway.Budgets;

/// <summary>What a record of the ledger charged to one counter.</summary>
/// <param name="Total">What was spent on the counter with it; what was spent before is <paramref name="Amount"/> less.</param>
public sealed record LedgerCharge(CounterId Counter, long Amount, long Total);
