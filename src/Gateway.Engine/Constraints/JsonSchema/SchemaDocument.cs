using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>The whole schema, in which references are looked up.</summary>
internal sealed class SchemaDocument(JsonElement root)
{
    public SchemaSource Root { get; } = new SchemaSource(root, "").Checked();

    /// <exception cref="JsonSchemaException">The reference leads out of the document, or nowhere.</exception>
    public SchemaSource Resolve(SchemaSource from, JsonElement reference)
    {
        var text = reference.ValueKind == JsonValueKind.String ? reference.GetString()! : "";
        if (text != "#" && !text.StartsWith("#/", StringComparison.Ordinal))
        {
            throw from.Error("$ref", "only JSON pointers into the same schema are supported, such as \"#/$defs/name\".");
        }

        var (element, pointer) = (Root.Element, "");
        foreach (var step in Uri.UnescapeDataString(text).Split('/').Skip(1))
        {
            var name = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            element = Step(element, name) ?? throw from.Error("$ref", $"there is nothing at {text}.");
            pointer = SchemaSource.Join(pointer, name);
        }

        return new SchemaSource(element, pointer).Checked();
    }

    private static JsonElement? Step(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.TryGetProperty(name, out var member) ? member : null,
        JsonValueKind.Array => int.TryParse(name, out var index) && index >= 0 && index < element.GetArrayLength() ? element[index] : null,
        _ => null,
    };
}
