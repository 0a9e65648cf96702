namespace Gateway.Budgets;

/// <summary>A settlement that the store refuses for good: its entry is not in the ledger.</summary>
/// <param name="Entry">What would have been written.</param>
/// <param name="Reason">Why not.</param>
public sealed record LostSettlement(LedgerEntry Entry, Exception Reason);
