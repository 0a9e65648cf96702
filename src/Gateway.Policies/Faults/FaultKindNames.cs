using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Policies;

/// <summary>What faults are called in scenarios, requests and answers.</summary>
public static class FaultKindNames
{
    /// <summary>Every kind with its name, in snake case: <c>slow_first_token</c>.</summary>
    public static ImmutableArray<(string Name, FaultKind Value)> All { get; } =
        [.. Enum.GetValues<FaultKind>().Select(kind => (JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()), kind))];

    public static string Of(FaultKind kind) => All[(int)kind].Name;
}
