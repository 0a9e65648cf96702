using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Policies;

/// <summary>What scopes are called in files: <c>team</c>.</summary>
public static class BudgetScopeNames
{
    public static ImmutableArray<(string Name, BudgetScopeKind Value)> All { get; } =
        [.. Enum.GetValues<BudgetScopeKind>().Select(kind => (JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()), kind))];

    public static string Of(BudgetScopeKind kind) => All[(int)kind].Name;
}
