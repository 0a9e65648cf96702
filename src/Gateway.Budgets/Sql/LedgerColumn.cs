namespace Gateway.Budgets.Sql;

/// <summary>A column of the table <c>ledger</c> that is written: a text or an integer of 64 bits, by which of the two is given.</summary>
/// <param name="Text">Null for what the row does not say.</param>
internal sealed record LedgerColumn(string Name, Func<LedgerRow, string?>? Text, Func<LedgerRow, long>? Integer);
