namespace Gateway.Budgets.Sql;

/// <summary>A record that was set aside.</summary>
public sealed record RejectedRecord(IncomingRecord Record, string Reason);
