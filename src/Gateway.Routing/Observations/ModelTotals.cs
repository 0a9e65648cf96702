namespace Gateway.Routing;

/// <summary>Sums over calls of one model: plain within a time slice, weighted by age over several.</summary>
internal record struct ModelTotals
{
    public long Calls;

    public long Failures;

    /// <summary>From first token to last, over streams with at least two; in µs.</summary>
    public long GenerationMicroseconds;

    /// <summary>The tokens of those streams after the first.</summary>
    public long GeneratedTokens;

    /// <summary>Input tokens by the provider's count.</summary>
    public long ReportedInput;

    /// <summary>The same prompts' tokens by ours.</summary>
    public long EstimatedInput;

    public static ModelTotals operator +(in ModelTotals left, in ModelTotals right) => new()
    {
        Calls = left.Calls + right.Calls,
        Failures = left.Failures + right.Failures,
        GenerationMicroseconds = left.GenerationMicroseconds + right.GenerationMicroseconds,
        GeneratedTokens = left.GeneratedTokens + right.GeneratedTokens,
        ReportedInput = left.ReportedInput + right.ReportedInput,
        EstimatedInput = left.EstimatedInput + right.EstimatedInput,
    };

    /// <summary>Plain sums, weighted.</summary>
    public readonly ModelTotals Times(long weight) => Map(sum => sum * weight);

    /// <summary>Weighted sums, by <see cref="TimeSlice.Rescale"/>.</summary>
    public readonly ModelTotals Rescale(long weight) => Map(sum => TimeSlice.Rescale(sum, weight));

    private readonly ModelTotals Map(Func<long, long> change) => new()
    {
        Calls = change(Calls),
        Failures = change(Failures),
        GenerationMicroseconds = change(GenerationMicroseconds),
        GeneratedTokens = change(GeneratedTokens),
        ReportedInput = change(ReportedInput),
        EstimatedInput = change(EstimatedInput),
    };
}
