using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Keys;

/// <summary>A key as the API shows it: neither the key nor its hash.</summary>
internal sealed record KeyReport
{
    public required string Id { get; init; }

    /// <summary><c>managed</c>, or <c>file</c> for one of keys.yaml.</summary>
    public required string Source { get; init; }

    /// <summary><c>active</c>, <c>disabled</c>, <c>expired</c> or <c>revoked</c>.</summary>
    public required string State { get; init; }

    public string? Organization { get; init; }

    public string? Team { get; init; }

    public string? Project { get; init; }

    public string? User { get; init; }

    /// <summary>Absent for all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    public bool Admin { get; init; }

    public string? Role { get; init; }

    public string? Priority { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>Until when the secret before the newest is good; absent when there is none.</summary>
    public DateTimeOffset? PreviousGoodUntil { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>The key itself, in the answer to its creation or rotation and never again.</summary>
    public string? Key { get; init; }

    public static KeyReport Of(VirtualKey key, DateTimeOffset now) => Describe(key) with
    {
        Source = "file",
        State = key.Disabled ? "disabled" : key.IsActive(now) ? "active" : "expired",
    };

    public static KeyReport Of(ManagedKey key, DateTimeOffset now) => Describe(key.Holder) with
    {
        Source = "managed",
        State = key.RevokedAt is not null ? "revoked" : key.Holder.IsActive(now) ? "active" : "expired",
        CreatedAt = key.CreatedAt,
        RotatedAt = key.RotatedAt,
        PreviousGoodUntil = key.Secrets.Select(secret => secret.GoodUntil).FirstOrDefault(until => until > now),
        RevokedAt = key.RevokedAt,
    };

    private static KeyReport Describe(VirtualKey key) => new()
    {
        Id = key.Id,
        Source = "",
        State = "",
        Organization = key.Organization,
        Team = key.Team,
        Project = key.Project,
        User = key.User,
        Models = key.Models is { } models ? [.. models.Order(StringComparer.Ordinal)] : null,
        Admin = key.IsAdmin,
        Role = key.Role?.ToString().ToLowerInvariant(),
        Priority = RequestPriorityNames.Of(key.Priority),
        Expires = key.Expires,
    };
}
