using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetRegex = System.Text.RegularExpressions.Regex;

namespace Gateway.Engine.Tests.Constraints.JsonSchema;

/// <summary>Judges documents by the letter of JSON Schema, keyword by keyword, with nothing of the product in it.</summary>
internal sealed class SchemaValidator(JsonElement root)
{
    public bool IsValid(JsonElement document) => Holds(root, document);

    private bool Holds(JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return schema.ValueKind == JsonValueKind.True;
        }

        return schema.EnumerateObject().All(keyword => Holds(schema, keyword.Name, keyword.Value, value));
    }

    private bool Holds(JsonElement schema, string keyword, JsonElement argument, JsonElement value)
    {
        var isString = value.ValueKind == JsonValueKind.String;
        var isNumber = value.ValueKind == JsonValueKind.Number;
        var isArray = value.ValueKind == JsonValueKind.Array;
        var isObject = value.ValueKind == JsonValueKind.Object;
        return keyword switch
        {
            "type" => argument.ValueKind == JsonValueKind.Array
                ? argument.EnumerateArray().Any(name => HasType(value, name.GetString()!))
                : HasType(value, argument.GetString()!),
            "enum" => argument.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)),
            "const" => JsonElement.DeepEquals(argument, value),
            "minLength" => !isString || value.GetString()!.EnumerateRunes().Count() >= argument.GetInt32(),
            "maxLength" => !isString || value.GetString()!.EnumerateRunes().Count() <= argument.GetInt32(),
            "pattern" => !isString || NetRegex.IsMatch(value.GetString()!, argument.GetString()!, RegexOptions.ECMAScript),
            "format" => !isString || HasFormat(value.GetString()!, argument.GetString()!),
            "minimum" => !isNumber || Number(value) >= Number(argument),
            "maximum" => !isNumber || Number(value) <= Number(argument),
            "exclusiveMinimum" => !isNumber || Number(value) > Number(argument),
            "exclusiveMaximum" => !isNumber || Number(value) < Number(argument),
            "minItems" => !isArray || value.GetArrayLength() >= argument.GetInt32(),
            "maxItems" => !isArray || value.GetArrayLength() <= argument.GetInt32(),
            "prefixItems" => !isArray || argument.EnumerateArray().Zip(value.EnumerateArray()).All(pair => Holds(pair.First, pair.Second)),
            "items" => !isArray || value.EnumerateArray()
                .Skip(schema.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0).All(item => Holds(argument, item)),
            "required" => !isObject || argument.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
            "properties" => !isObject || argument.EnumerateObject().All(
                property => !value.TryGetProperty(property.Name, out var member) || Holds(property.Value, member)),
            "additionalProperties" => !isObject || value.EnumerateObject()
                .Where(member => !schema.TryGetProperty("properties", out var properties) || !properties.TryGetProperty(member.Name, out _))
                .All(member => Holds(argument, member.Value)),
            "anyOf" => argument.EnumerateArray().Any(one => Holds(one, value)),
            "oneOf" => argument.EnumerateArray().Count(one => Holds(one, value)) == 1,
            "allOf" => argument.EnumerateArray().All(one => Holds(one, value)),
            "$ref" => Holds(argument.GetString()![1..].Split('/').Skip(1).Aggregate(root, (element, step) => element.GetProperty(step)), value),
            "$defs" => true,
            _ => throw new ArgumentOutOfRangeException(nameof(keyword), keyword, "A keyword that no test uses."),
        };
    }

    private static bool HasType(JsonElement value, string type) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() % 1 == 0,
        "number" => value.ValueKind == JsonValueKind.Number,
        "string" => value.ValueKind == JsonValueKind.String,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Object,
    };

    private static bool HasFormat(string text, string format) => format switch
    {
        "date" => text.StartsWith("0000", StringComparison.Ordinal)
            || DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        _ => IPAddress.TryParse(text, out _),
    };

    // Exact where doubles are not: bounds of the tests have few digits, answers may have many.
    private static decimal Number(JsonElement value) => value.TryGetDecimal(out var exact) ? exact : value.GetDouble() > 0 ? decimal.MaxValue : decimal.MinValue;
}
