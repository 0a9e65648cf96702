namespace Gateway.Budgets.Sql;

/// <summary>A column of the table <c>ledger</c> that is written.</summary>
/// <param name="IsText">Whether it holds a text; otherwise an integer of 64 bits.</param>
internal sealed record LedgerColumn(string Name, bool IsText, Func<LedgerRow, object?> Value);
