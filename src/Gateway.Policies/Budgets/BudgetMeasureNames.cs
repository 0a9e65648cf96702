using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>What measures are called in files: <c>usd</c>, <c>inputTokens</c>.</summary>
public static class BudgetMeasureNames
{
    public static ImmutableArray<(string Name, BudgetMeasure Value)> All { get; } =
    [
        ("usd", BudgetMeasure.Cost),
        ("tokens", BudgetMeasure.Tokens),
        ("inputTokens", BudgetMeasure.InputTokens),
        ("outputTokens", BudgetMeasure.OutputTokens),
        ("requests", BudgetMeasure.Requests),
        ("concurrency", BudgetMeasure.Concurrency),
    ];

    public static string Of(BudgetMeasure measure) => All[(int)measure].Name;
}
