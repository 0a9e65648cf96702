namespace Gateway.Policies;

/// <summary>What a limit counts.</summary>
public enum BudgetMeasure
{
    /// <summary><c>usd</c> in files; nano-US-dollars everywhere else.</summary>
    Cost,

    /// <summary>Input and output together.</summary>
    Tokens,

    InputTokens,

    OutputTokens,

    Requests,

    /// <summary>Requests under way at one moment: held while they run, never spent.</summary>
    Concurrency,
}
