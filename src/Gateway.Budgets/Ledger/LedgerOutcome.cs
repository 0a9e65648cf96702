namespace Gateway.Budgets;

/// <summary>How a request ended.</summary>
public enum LedgerOutcome
{
    /// <summary>The client has its whole answer.</summary>
    Completed,

    /// <summary>The answer broke off, or there was none.</summary>
    Failed,

    /// <summary>The client went away before its end.</summary>
    Abandoned,
}
