namespace Gateway.Budgets.Reports;

/// <summary>A record as the SQL ledger holds it.</summary>
/// <param name="Sequence">Grows in the order in which records were added.</param>
/// <param name="Version">Of the entry's format.</param>
/// <param name="Charges">As they came: counter, amount and total by turns.</param>
internal sealed record StoredRecord(long Sequence, string Partition, long Version, LedgerRecord Record, string Charges);
