namespace Gateway.Budgets.Sql;

/// <summary>What is settled and not in the SQL ledger yet.</summary>
/// <param name="Records">How many records.</param>
/// <param name="Age">For how long the oldest has been waiting; 0 when there is none.</param>
public sealed record LedgerBacklog(long Records, TimeSpan Age);
