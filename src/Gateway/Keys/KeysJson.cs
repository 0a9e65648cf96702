using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Keys;

/// <summary>Keys are written as they are in <c>keys.yaml</c>: names in camel case, what does not apply left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(KeyReport))]
[JsonSerializable(typeof(KeyList))]
internal sealed partial class KeysJson : JsonSerializerContext
{
    /// <summary>As <c>Default</c>, but people read it.</summary>
    public static KeysJson Readable => ReadableHolder.Instance;

    /// <summary>Initialised on first use, when the generated half of this class surely is.</summary>
    private static class ReadableHolder
    {
        public static readonly KeysJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
