using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Budgets;

/// <summary>The stored form of a notice: JSON with a version. Both stores hold the same.</summary>
internal static partial class NoticeFormat
{
    private const int Version = 1;

    public static string Write(Notice notice) => JsonSerializer.Serialize(new StoredNotice(Version, notice), NoticeJson.Default.StoredNotice);

    /// <exception cref="StoreUnavailableException">It is no notice, or of a version that this build does not know.</exception>
    public static Notice Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, NoticeJson.Default.StoredNotice) is { Version: Version } stored
                ? stored.Notice
                : throw new StoreUnavailableException($"A notice is not of version {Version}, which this build reads. Use the build that wrote it, or a newer one.");
        }
        catch (JsonException exception)
        {
            throw new StoreUnavailableException($"A notice cannot be read: {exception.Message}", exception);
        }
    }

    internal sealed record StoredNotice([property: JsonPropertyName("v")] int Version, Notice Notice);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(StoredNotice))]
    private sealed partial class NoticeJson : JsonSerializerContext;
}
