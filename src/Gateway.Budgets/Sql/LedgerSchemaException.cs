namespace Gateway.Budgets.Sql;

/// <summary>There is no ledger where one is looked for, or it is of a version that this build does not know. The message says what to do.</summary>
public sealed class LedgerSchemaException(string message) : Exception(message);
