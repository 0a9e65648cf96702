using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Policies;

/// <summary>What periods are called in files and in the ids of windows.</summary>
public static class BudgetPeriodNames
{
    /// <summary>Every period with its name, in snake case: <c>fiscal_month</c>.</summary>
    public static ImmutableArray<(string Name, BudgetPeriod Value)> All { get; } =
        [.. Enum.GetValues<BudgetPeriod>().Select(period => (JsonNamingPolicy.SnakeCaseLower.ConvertName(period.ToString()), period))];

    public static string Of(BudgetPeriod period) => All[(int)period].Name;
}
