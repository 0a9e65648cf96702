namespace Gateway.Budgets.Sql;

/// <summary>What is settled and not in the SQL ledger yet.</summary>
/// <param name="Records">How many records.</param>
/// <param name="Age">For how long the oldest has been waiting, at most; 0 when there is none.</param>
public sealed record LedgerBacklog(long Records, TimeSpan Age)
{
    public static LedgerBacklog Empty { get; } = new(0, TimeSpan.Zero);

    /// <summary>What is left once so many are written.</summary>
    public LedgerBacklog Without(long records) => records < Records ? this with { Records = Records - records } : Empty;
}
