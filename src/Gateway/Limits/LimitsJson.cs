using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Limits;

/// <summary>Limits, in camel case; what does not apply is left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LimitReport))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class LimitsJson : JsonSerializerContext;
