using System.Collections.Immutable;

namespace Gateway.Budgets;

/// <summary>Who pays for a request; null for what its key does not say.</summary>
public sealed record LedgerScopes
{
    public string? Organization { get; init; }

    public string? Team { get; init; }

    public string? Project { get; init; }

    /// <summary>The virtual key's id, never the key.</summary>
    public string? Key { get; init; }

    public string? User { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    public bool Equals(LedgerScopes? other) =>
        other is not null && (Organization, Team, Project, Key, User) == (other.Organization, other.Team, other.Project, other.Key, other.User)
        && Tags.SequenceEqual(other.Tags);

    public override int GetHashCode() => HashCode.Combine(Organization, Team, Project, Key, User, Tags.Length);
}
