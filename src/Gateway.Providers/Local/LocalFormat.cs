using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Engine.Constraints;

namespace Gateway.Providers.Local;

/// <summary>
/// Reads what the content of an answer must be: OpenAI's <c>response_format</c>, or vLLM's <c>structured_outputs</c>, which also takes a regular
/// expression and a choice of texts.
/// </summary>
internal static class LocalFormat
{
    private const string Format = "response_format";
    private const string Structured = "structured_outputs";
    private const int MaxChoices = 10_000;

    /// <summary>The kinds of <c>structured_outputs</c> that are taken, one to a request.</summary>
    private static readonly string[] Kinds = ["json", "json_object", "regex", "choice"];

    /// <summary>How vLLM named them before its version 0.12.</summary>
    private static readonly string[] OlderNames = ["guided_json", "guided_regex", "guided_choice", "guided_grammar"];

    /// <summary>Null when the content may be anything.</summary>
    /// <exception cref="GatewayException">A member is malformed, or asks for what the engine does not have.</exception>
    public static Grammar? Read(JsonElement root)
    {
        foreach (var older in OlderNames.Where(name => RequestField.Find(root, name) is not null))
        {
            throw new GatewayException(
                ErrorCode.CallerUnsupportedField,
                $"'{older}' is not supported by the local engine. Send {Structured}: {{\"{older["guided_".Length..]}\": …}} in its place.",
                older);
        }

        var format = ReadFormat(root);
        var structured = ReadStructured(root);
        return format is null || structured is null
            ? format ?? structured
            : throw RequestField.Wrong(Structured, $"left out beside {Format}; send one of them");
    }

    /// <summary>The field that asks for a format; null when none does.</summary>
    public static string? FieldOf(JsonElement root) => new[] { Format, Structured }.FirstOrDefault(name => RequestField.Find(root, name) is not null);

    private static Grammar? ReadFormat(JsonElement root)
    {
        if (RequestField.Find(root, Format) is not { } format)
        {
            return null;
        }

        return StringOf(format, "type") switch
        {
            "text" => null,
            "json_object" => Grammar.AnyJsonObject,
            "json_schema" => ReadSchema(format),
            _ => throw RequestField.Wrong($"{Format}.type", "text, json_object or json_schema"),
        };
    }

    private static Grammar ReadSchema(JsonElement format)
    {
        const string Place = $"{Format}.json_schema";
        if (RequestField.Find(format, "json_schema") is not { ValueKind: JsonValueKind.Object } described)
        {
            throw RequestField.Wrong(Place, "an object with name and schema");
        }

        if (RequestField.Find(described, "strict") is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
        {
            throw RequestField.Wrong($"{Place}.strict", "true or false");
        }

        return RequestField.Find(described, "schema") is { } schema
            ? LocalSchema.OfDocument(schema, RequestField.Flag(described, "strict"), $"{Place}.schema")
            : Grammar.AnyJsonObject;
    }

    private static Grammar? ReadStructured(JsonElement root)
    {
        if (RequestField.Find(root, Structured) is not { } structured)
        {
            return null;
        }

        if (structured.ValueKind != JsonValueKind.Object)
        {
            throw RequestField.Wrong(Structured, "an object with one of " + string.Join(", ", Kinds));
        }

        var given = structured.EnumerateObject().Where(member => member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False)).ToList();
        if (given is not [var only])
        {
            throw RequestField.Wrong(Structured, "an object with exactly one of " + string.Join(", ", Kinds));
        }

        return Read(only.Name, only.Value);
    }

    private static Grammar Read(string kind, JsonElement value) => kind switch
    {
        "json" => LocalSchema.OfDocument(SchemaIn(value), isStrict: true, $"{Structured}.json"),
        "json_object" => Grammar.AnyJsonObject,
        "regex" when value.ValueKind == JsonValueKind.String => LocalSchema.OfRegex(value.GetString()!, $"{Structured}.regex"),
        "regex" => throw RequestField.Wrong($"{Structured}.regex", "a string"),
        "choice" => Choice(value),
        _ => throw new GatewayException(
            ErrorCode.CallerUnsupportedField,
            $"'{Structured}.{kind}' is not supported by the local engine: it offers {string.Join(", ", Kinds)}.",
            $"{Structured}.{kind}"),
    };

    /// <summary>vLLM takes a schema as an object and as its JSON text.</summary>
    private static JsonElement SchemaIn(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? JsonElement.Parse(value.GetString()!) : value;
        }
        catch (JsonException)
        {
            throw RequestField.Wrong($"{Structured}.json", "a JSON Schema, an object or its JSON text");
        }
    }

    private static Grammar Choice(JsonElement value)
    {
        var texts = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= MaxChoices
            ? value.EnumerateArray().Select(text => text.ValueKind == JsonValueKind.String ? text.GetString()! : "").ToList()
            : [""];
        return texts.All(text => text.Length > 0)
            ? Grammar.Choice([.. texts.Select(Grammar.Literal)])
            : throw RequestField.Wrong($"{Structured}.choice", $"an array of 1 to {MaxChoices} strings, none of them empty");
    }

    private static string? StringOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
