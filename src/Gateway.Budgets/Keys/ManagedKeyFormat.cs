using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>The stored form of a managed key: JSON with a version. Both stores hold the same.</summary>
internal static class ManagedKeyFormat
{
    /// <summary>Raised with each change after which an older build would misread a record.</summary>
    public const int Version = 1;

    public static string Write(ManagedKey key) => JsonSerializer.Serialize(
        new StoredKey
        {
            Version = Version,
            Revision = key.Revision,
            Id = key.Id,
            Organization = key.Holder.Organization,
            Team = key.Holder.Team,
            Project = key.Holder.Project,
            User = key.Holder.User,
            Models = key.Holder.Models is { } models ? [.. models.Order(StringComparer.Ordinal)] : null,
            Expires = key.Holder.Expires,
            Admin = key.Holder.IsAdmin,
            Role = key.Holder.Role,
            Priority = key.Holder.Priority == RequestPriority.Normal ? null : key.Holder.Priority,
            Created = key.CreatedAt,
            Rotated = key.RotatedAt,
            Revoked = key.RevokedAt,
            Secrets = [.. key.Secrets],
        },
        ManagedKeyJson.Default.StoredKey);

    /// <exception cref="StoreUnavailableException">It is no key, or of a version that this build does not know.</exception>
    public static ManagedKey Read(string json)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(json, ManagedKeyJson.Default.StoredKey) ?? throw new JsonException("It is null.");
            if (stored.Version != Version)
            {
                throw new StoreUnavailableException(
                    $"The managed key '{stored.Id}' has version {stored.Version}; this build reads {Version}. Use the build that wrote it, or a newer one.");
            }

            if (stored.Secrets.Length == 0 || !stored.Secrets.All(secret => IsSha256(secret.Sha256)))
            {
                throw new StoreUnavailableException($"The managed key '{stored.Id}' cannot be read: it lacks the SHA-256 of a secret.");
            }

            return new ManagedKey
            {
                Holder = new VirtualKey
                {
                    Id = stored.Id,
                    Organization = stored.Organization,
                    Team = stored.Team,
                    Project = stored.Project,
                    User = stored.User,
                    Models = stored.Models?.ToFrozenSet(StringComparer.Ordinal),
                    Expires = stored.Expires,
                    IsAdmin = stored.Admin,
                    Role = stored.Role,
                    Priority = stored.Priority ?? RequestPriority.Normal,
                },
                Secrets = [.. stored.Secrets],
                CreatedAt = stored.Created,
                RotatedAt = stored.Rotated,
                RevokedAt = stored.Revoked,
                Revision = stored.Revision,
            };
        }
        catch (JsonException exception)
        {
            throw new StoreUnavailableException($"A managed key cannot be read: {exception.Message}", exception);
        }
    }

    private static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    internal sealed record StoredKey
    {
        [JsonPropertyName("v")]
        public required int Version { get; init; }

        public required long Revision { get; init; }

        public required string Id { get; init; }

        public string? Organization { get; init; }

        public string? Team { get; init; }

        public string? Project { get; init; }

        public string? User { get; init; }

        public string[]? Models { get; init; }

        public DateTimeOffset? Expires { get; init; }

        public bool Admin { get; init; }

        public ReportRole? Role { get; init; }

        /// <summary>Absent for normal, as in records of before there was one.</summary>
        public RequestPriority? Priority { get; init; }

        public required DateTimeOffset Created { get; init; }

        public required DateTimeOffset Rotated { get; init; }

        public DateTimeOffset? Revoked { get; init; }

        public required ManagedKeySecret[] Secrets { get; init; }
    }
}
