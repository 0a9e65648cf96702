using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Finds the types that names and values have.</summary>
internal static class JsonTypeReader
{
    /// <summary>The type of that name; <see cref="JsonTypes.None"/> where there is none.</summary>
    public static JsonTypes Named(string? name) => name switch
    {
        "null" => JsonTypes.Null,
        "boolean" => JsonTypes.Boolean,
        "integer" => JsonTypes.Integer,
        "number" => JsonTypes.Number,
        "string" => JsonTypes.String,
        "array" => JsonTypes.Array,
        "object" => JsonTypes.Object,
        _ => JsonTypes.None,
    };

    /// <summary>What a value is.</summary>
    public static JsonTypes Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonTypes.Null,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        JsonValueKind.String => JsonTypes.String,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.Object => JsonTypes.Object,
        _ => DecimalNumber.Parse(value.GetRawText()) is { IsInteger: true } ? JsonTypes.Integer : JsonTypes.Fraction,
    };
}
