namespace Gateway.Ledgers;

/// <summary>How the last attempt to write the ledger went.</summary>
/// <param name="IsWriting">Whether the last step went well.</param>
/// <param name="Problem">Why not, without secrets; null when it did.</param>
public sealed record LedgerStatus(bool IsWriting, string? Problem);
