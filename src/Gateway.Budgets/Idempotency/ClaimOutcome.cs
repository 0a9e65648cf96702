namespace Gateway.Budgets;

/// <summary>What became of a claim. The values are those of <c>idempotency-claim.lua</c>.</summary>
public enum ClaimOutcome
{
    /// <summary>The run that asked is to answer.</summary>
    Claimed = 1,

    /// <summary>Another run answers, or has answered: its answer can be read.</summary>
    Answered = 2,

    /// <summary>The record is that of a request with another fingerprint.</summary>
    Reused = 3,
}
