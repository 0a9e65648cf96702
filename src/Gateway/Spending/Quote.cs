namespace Gateway.Spending;

/// <summary>What a request would cost: the body of <c>POST /v1/quote</c>. Money is in US dollars.</summary>
/// <param name="Route">The route, or the model that was asked for.</param>
/// <param name="Candidates">In the order in which they would be tried.</param>
/// <param name="Limits">Those that the request falls under.</param>
public sealed record Quote(string Route, IReadOnlyList<QuotedCandidate> Candidates, IReadOnlyList<QuotedLimit> Limits);

/// <summary>What a call of one model would cost.</summary>
/// <param name="Model"><c>provider/model</c>.</param>
/// <param name="PromptTokens">Estimated.</param>
/// <param name="ExpectedOutputTokens">All choices together.</param>
/// <param name="MostOutputTokens">All choices together.</param>
/// <param name="ExpectedCostUsd">What such a request costs on average; null when the model's prices are unknown.</param>
/// <param name="MostCostUsd">
/// The most that it can cost: what is held while it runs. With unknown prices by the dearest of the catalogue, and null without any.
/// </param>
/// <param name="PriceVersion">Dollars per million tokens of input, cached input and output; null when unknown.</param>
/// <param name="IsAffordable">Whether it may be called under <c>x-gateway-max-cost-usd</c>.</param>
public sealed record QuotedCandidate(
    string Model,
    int PromptTokens,
    long ExpectedOutputTokens,
    long MostOutputTokens,
    decimal? ExpectedCostUsd,
    decimal? MostCostUsd,
    string? PriceVersion,
    bool IsAffordable);

/// <summary>What one limit leaves.</summary>
/// <param name="Limit">Its name.</param>
/// <param name="Scope">Whose counter it is.</param>
/// <param name="Measure">
/// <c>usd</c>, <c>tokens</c>, <c>inputTokens</c>, <c>outputTokens</c>, <c>requests</c> or <c>concurrency</c>; the unit of the amounts.
/// </param>
/// <param name="Amount">The limit.</param>
/// <param name="Left">What is neither spent nor held; negative when it is overdrawn, null while the counters cannot be reached.</param>
/// <param name="Needed">What the request would hold.</param>
/// <param name="IsEnough">Whether it would run now, as far as this limit is concerned.</param>
/// <param name="ResetsAt">When its window ends; null for never.</param>
public sealed record QuotedLimit(
    string Limit, string Scope, string Measure, decimal Amount, decimal? Left, decimal Needed, bool IsEnough, DateTimeOffset? ResetsAt);
