using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Health;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(LivenessReport))]
[JsonSerializable(typeof(ReadinessReport))]
internal sealed partial class HealthJson : JsonSerializerContext
{
    /// <summary>As <c>Default</c>, but people read these reports: quotes in policy errors stand as themselves.</summary>
    public static HealthJson Readable => ReadableHolder.Instance;

    /// <summary>Initialised on first use, when the generated half of this class surely is.</summary>
    private static class ReadableHolder
    {
        public static readonly HealthJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
