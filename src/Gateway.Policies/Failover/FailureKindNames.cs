using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Policies;

/// <summary>What failures are called in files, logs and metrics.</summary>
public static class FailureKindNames
{
    /// <summary>Every kind with its name, in snake case: <c>rate_limited</c>.</summary>
    public static ImmutableArray<(string Name, FailureKind Value)> All { get; } =
        [.. Enum.GetValues<FailureKind>().Select(kind => (JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()), kind))];

    public static string Of(FailureKind kind) => All[(int)kind].Name;
}
