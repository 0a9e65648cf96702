using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Spending;

/// <summary>How limits stand, in camel case; what does not apply is left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(BudgetList))]
internal sealed partial class BudgetsJson : JsonSerializerContext
{
    /// <summary>As <c>Default</c>, but people read it.</summary>
    public static BudgetsJson Readable => ReadableHolder.Instance;

    /// <summary>Initialised on first use, when the generated half of this class surely is.</summary>
    private static class ReadableHolder
    {
        public static readonly BudgetsJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
