using System.Collections.Immutable;
using System.Text;

namespace Gateway.Policies;

/// <summary>The names of failures in files and metrics: <c>RateLimited</c> is <c>rate_limited</c>.</summary>
public static class FailureKindNames
{
    /// <summary>Every kind with its name, in the order of the kinds.</summary>
    public static ImmutableArray<(string Name, FailureKind Value)> All { get; } = [.. Enum.GetValues<FailureKind>().Select(kind => (SnakeCase(kind.ToString()), kind))];

    public static string Of(FailureKind kind) => All[(int)kind].Name;

    private static string SnakeCase(string name)
    {
        var result = new StringBuilder();
        foreach (var character in name)
        {
            result.Append(char.IsUpper(character) && result.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(character));
        }

        return result.ToString();
    }
}
