namespace Gateway.Routing;

/// <summary>The sums of a model's calls in one time slice.</summary>
internal record struct ModelTotals
{
    public long Calls;

    public long Failures;

    /// <summary>From first token to last, over streams with at least two; ticks.</summary>
    public long GenerationTicks;

    /// <summary>The tokens of those streams after the first.</summary>
    public long GeneratedTokens;

    /// <summary>Input tokens by the provider's count.</summary>
    public long ReportedInput;

    /// <summary>The same prompts' tokens by ours.</summary>
    public long EstimatedInput;
}
