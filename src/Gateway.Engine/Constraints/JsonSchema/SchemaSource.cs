using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>A schema where it stands in the document.</summary>
/// <param name="Element">An object or a boolean.</param>
/// <param name="Pointer">Its JSON pointer.</param>
internal readonly record struct SchemaSource(JsonElement Element, string Pointer)
{
    /// <exception cref="JsonSchemaException">It is neither an object nor a boolean.</exception>
    public SchemaSource Checked() =>
        Element.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False
            ? this
            : throw new JsonSchemaException(Pointer, "", $"a schema must be an object or a boolean, not {Element.ValueKind}.");

    /// <summary>The schema under a keyword.</summary>
    public SchemaSource Under(string keyword, JsonElement element) => new SchemaSource(element, Join(Pointer, keyword)).Checked();

    /// <summary>The schemas of a keyword's array.</summary>
    /// <exception cref="JsonSchemaException">It is no array, or empty.</exception>
    public List<SchemaSource> ListUnder(string keyword, JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() == 0)
        {
            throw Error(keyword, "must be an array of at least one schema.");
        }

        var pointer = Join(Pointer, keyword);
        return [.. array.EnumerateArray().Select((item, i) => new SchemaSource(item, $"{pointer}/{i}").Checked())];
    }

    public JsonSchemaException Error(string keyword, string problem) => new(Pointer, keyword, problem);

    /// <summary>A pointer with one more step (RFC 6901, section 3).</summary>
    public static string Join(string pointer, string step) =>
        $"{pointer}/{step.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
