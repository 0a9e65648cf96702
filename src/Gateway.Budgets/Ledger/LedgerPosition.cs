namespace Gateway.Budgets;

/// <summary>Where a request stands in its partition's ledger, and what it was charged there.</summary>
/// <param name="Id">Grows from record to record of a partition; only the store that gave it knows how it is ordered.</param>
/// <param name="WasHeld">Whether the request still held what it had reserved when it was settled.</param>
/// <param name="Charges">In the order of the settlement.</param>
public sealed record LedgerPosition(string Id, bool WasHeld, IReadOnlyList<LedgerCharge> Charges);
