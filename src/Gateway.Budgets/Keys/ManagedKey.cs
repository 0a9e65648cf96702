using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>A virtual key that the admin API made. It is never deleted, so that its id stays its own in all reports.</summary>
public sealed record ManagedKey
{
    /// <summary>Who it is for and what it may do.</summary>
    public required VirtualKey Holder { get; init; }

    /// <summary>What is known of the keys that a caller may present: the newest first, and behind it the one before while both are good.</summary>
    public required ImmutableArray<ManagedKeySecret> Secrets { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the newest secret was made.</summary>
    public required DateTimeOffset RotatedAt { get; init; }

    /// <summary>From then on it is refused, for good; null while it is not revoked.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>1 when it was made, one more with each change: of two versions of a key the one with the higher number counts.</summary>
    public required long Revision { get; init; }

    public string Id => Holder.Id;

    /// <summary>What authentication looks up: each secret with the holder as it is good for it.</summary>
    public IEnumerable<(string Sha256, VirtualKey Key)> Entries => Secrets.Select(secret => (
        secret.Sha256,
        Holder with { Disabled = RevokedAt is not null, Expires = Earlier(Holder.Expires, secret.GoodUntil) }));

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;
}
