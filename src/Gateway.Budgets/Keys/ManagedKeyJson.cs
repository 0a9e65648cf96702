using System.Text.Json.Serialization;

namespace Gateway.Budgets;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ManagedKeyFormat.StoredKey))]
internal sealed partial class ManagedKeyJson : JsonSerializerContext;
