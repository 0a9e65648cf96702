using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>Who a request is counted for. Null where the caller has no such value. Compared case-sensitively.</summary>
public sealed record BudgetCaller
{
    /// <summary>
    /// The organisation of callers whose key names none, and of all callers of a gateway without keys: a limit of each organisation leaves nobody
    /// out.
    /// </summary>
    public const string DefaultOrganization = "default";

    public string? Organization { get; init; }

    public string? Team { get; init; }

    public string? Project { get; init; }

    /// <summary>The id of the virtual key.</summary>
    public string? Key { get; init; }

    public string? User { get; init; }

    /// <summary>The request's tags, in any order.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];
}
