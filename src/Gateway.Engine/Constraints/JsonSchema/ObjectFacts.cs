using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>What one schema says about an object's properties.</summary>
/// <param name="Properties">The declared ones, in their order.</param>
/// <param name="Additional">What all others must be; null where the schema does not say.</param>
internal sealed record ObjectFacts(IReadOnlyDictionary<string, SchemaSource> Properties, SchemaSource? Additional)
{
    /// <exception cref="JsonSchemaException">A keyword is malformed.</exception>
    public static ObjectFacts? Read(SchemaSource source)
    {
        var hasProperties = source.Element.TryGetProperty("properties", out var properties);
        var hasAdditional = source.Element.TryGetProperty("additionalProperties", out var additional);
        if (!hasProperties && !hasAdditional)
        {
            return null;
        }

        OrderedDictionary<string, SchemaSource> declared = [];
        if (hasProperties)
        {
            if (properties.ValueKind != JsonValueKind.Object)
            {
                throw source.Error("properties", "must be an object of schemas.");
            }

            var pointer = SchemaSource.Join(source.Pointer, "properties");
            foreach (var property in properties.EnumerateObject())
            {
                declared[property.Name] = new SchemaSource(property.Value, SchemaSource.Join(pointer, property.Name)).Checked();
            }
        }

        return new ObjectFacts(declared, hasAdditional ? source.Under("additionalProperties", additional) : null);
    }

    /// <summary>What the schema asks of a property; null where it does not ask anything.</summary>
    public SchemaSource? Of(string name) => Properties.TryGetValue(name, out var declared) ? declared : Additional;
}
