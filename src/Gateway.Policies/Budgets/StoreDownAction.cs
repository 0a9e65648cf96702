namespace Gateway.Policies;

/// <summary>What becomes of requests under a limit while the store of the counters does not answer.</summary>
public enum StoreDownAction
{
    /// <summary><c>deny</c>: they are refused.</summary>
    Deny,

    /// <summary>Each gateway process lets through up to <see cref="BudgetLimit.GraceAmount"/> by itself and settles it later.</summary>
    Grace,
}
