using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;

namespace Gateway.Contracts.OpenAI;

/// <summary>Typed reads of one member's value; each error names the field and what belongs there. Null means absent, as in OpenAI's API.</summary>
internal static class JsonField
{
    public static string RequiredString(ref Utf8JsonReader reader, string name)
    {
        Require(ref reader, name, "a string", reader.TokenType == JsonTokenType.String);
        var value = reader.GetString()!;
        return value.Length > 0 ? value : throw new GatewayException(ErrorCode.CallerInvalidField, $"'{name}' is empty.", name);
    }

    public static bool Boolean(ref Utf8JsonReader reader, string name)
    {
        Require(ref reader, name, "true or false", reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null);
        return reader.TokenType == JsonTokenType.True;
    }

    public static long? Integer(ref Utf8JsonReader reader, string name, long minimum)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Require(ref reader, name, "an integer", reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _));
        var value = reader.GetInt64();
        return value >= minimum
            ? value
            : throw new GatewayException(
                ErrorCode.CallerInvalidField, string.Create(CultureInfo.InvariantCulture, $"'{name}' is {value}; it must be at least {minimum}."), name);
    }

    public static void Optional(ref Utf8JsonReader reader, scoped ReadOnlySpan<char> name, string expected, JsonTokenType first, JsonTokenType? second = null)
    {
        if (reader.TokenType != JsonTokenType.Null && reader.TokenType != first && reader.TokenType != second)
        {
            throw WrongType(name.ToString(), expected, reader.TokenType);
        }

        reader.Skip();
    }

    public static void Require(ref Utf8JsonReader reader, string name, string expected, bool condition)
    {
        if (!condition)
        {
            throw WrongType(name, expected, reader.TokenType);
        }
    }

    public static GatewayException WrongType(string name, string expected, JsonTokenType found) =>
        new(ErrorCode.CallerInvalidField, $"'{name}' must be {expected}, but is {Describe(found)}.", name);

    private static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "another number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };
}
