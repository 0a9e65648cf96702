namespace Gateway.Policies;

/// <summary>How much of a limit a request holds while it runs.</summary>
public enum BudgetHold
{
    /// <summary><c>worst</c>: the most that it can come to. Spent and held together never exceed a hard limit.</summary>
    Worst,

    /// <summary><c>expected</c>: what 95 % of such requests stay below. More requests fit, and the limit can be exceeded by what the rest take.</summary>
    Expected,
}
