using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Records;

/// <summary>Records as lines: every field is always there, what is not known is null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(DecisionRecord))]
internal sealed partial class RecordsJson : JsonSerializerContext
{
    /// <summary>As <c>Default</c>, but names in other scripts stand as themselves.</summary>
    public static RecordsJson Relaxed => RelaxedHolder.Instance;

    /// <summary>Initialised on first use, when the generated half of this class surely is.</summary>
    private static class RelaxedHolder
    {
        public static readonly RecordsJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
