using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Budgets;

/// <summary>The stored form of a managed limit: JSON with a version. Both stores hold the same.</summary>
internal static class ManagedLimitFormat
{
    /// <summary>Raised with each change after which an older build would misread a record.</summary>
    public const int Version = 1;

    public static string Write(ManagedLimit limit) => JsonSerializer.Serialize(
        new StoredLimit
        {
            Version = Version,
            Revision = limit.Revision,
            Id = limit.Id,
            Definition = limit.Definition is { } definition ? JsonElement.Parse(definition) : null,
            Changed = limit.ChangedAt,
            By = limit.ChangedBy,
        },
        ManagedLimitJson.Default.StoredLimit);

    /// <exception cref="StoreUnavailableException">It is no limit, or of a version that this build does not know.</exception>
    public static ManagedLimit Read(string json)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(json, ManagedLimitJson.Default.StoredLimit) ?? throw new JsonException("It is null.");
            return stored.Version == Version
                ? new ManagedLimit
                {
                    Id = stored.Id,
                    Revision = stored.Revision,
                    Definition = stored.Definition?.GetRawText(),
                    ChangedAt = stored.Changed,
                    ChangedBy = stored.By,
                }
                : throw new StoreUnavailableException(
                    $"The managed limit '{stored.Id}' has version {stored.Version}; this build reads {Version}. Use the build that wrote it, or a newer one.");
        }
        catch (JsonException exception)
        {
            throw new StoreUnavailableException($"A managed limit cannot be read: {exception.Message}", exception);
        }
    }

    internal sealed record StoredLimit
    {
        [JsonPropertyName("v")]
        public required int Version { get; init; }

        public required long Revision { get; init; }

        public required string Id { get; init; }

        public JsonElement? Definition { get; init; }

        public required DateTimeOffset Changed { get; init; }

        public required string By { get; init; }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ManagedLimitFormat.StoredLimit))]
internal sealed partial class ManagedLimitJson : JsonSerializerContext;
