using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Faults;

/// <summary>Faults are written as they are in scenario files: names in camel case, what does not apply left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(FaultReport))]
[JsonSerializable(typeof(FaultList))]
internal sealed partial class FaultsJson : JsonSerializerContext
{
    /// <summary>As <c>Default</c>, but people read it: quotes in messages stand as themselves.</summary>
    public static FaultsJson Readable => ReadableHolder.Instance;

    /// <summary>Initialised on first use, when the generated half of this class surely is.</summary>
    private static class ReadableHolder
    {
        public static readonly FaultsJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
