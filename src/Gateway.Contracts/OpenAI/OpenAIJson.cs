using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>Serialization of the wire types: snake_case names, absent instead of null unless a type says otherwise.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorEnvelope))]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatCompletionChunk))]
[JsonSerializable(typeof(TextCompletion))]
[JsonSerializable(typeof(EmbeddingList))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(string))]
public sealed partial class OpenAIJson : JsonSerializerContext
{
    /// <summary>As <c>Default</c>, but with characters beyond ASCII written as themselves: shorter, and what providers send.</summary>
    public static OpenAIJson Relaxed => RelaxedHolder.Instance;

    /// <summary>Initialised on first use, when the generated half of this class surely is.</summary>
    private static class RelaxedHolder
    {
        public static readonly OpenAIJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
