namespace Gateway.Budgets;

/// <summary>One call of a provider for a request.</summary>
/// <param name="Outcome"><c>ok</c>, or the kind of its failure as the policies name it.</param>
/// <param name="Cost">What it is billed, in nano-dollars: part of the entry's cost.</param>
public sealed record LedgerAttempt(string Provider, string Model, string Outcome, long Cost)
{
    /// <summary>As <see cref="LedgerEntry.PriceVersion"/>, of this call's model; null also in entries of before there was one.</summary>
    public string? PriceVersion { get; init; }
}
