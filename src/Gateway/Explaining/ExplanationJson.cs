using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Explaining;

/// <summary>Every field is always there: what is not known is null.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RouteExplanation))]
internal sealed partial class ExplanationJson : JsonSerializerContext
{
    /// <summary>As <c>Default</c>, but people read it: quotes in messages stand as themselves.</summary>
    public static ExplanationJson Readable => ReadableHolder.Instance;

    /// <summary>Initialised on first use, when the generated half of this class surely is.</summary>
    private static class ReadableHolder
    {
        public static readonly ExplanationJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
