namespace Gateway.Budgets.Sql;

/// <summary>The SQL ledger or its source cannot be used at the moment. Nothing is lost: the same may be tried again. The message holds no secrets.</summary>
public sealed class LedgerUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
