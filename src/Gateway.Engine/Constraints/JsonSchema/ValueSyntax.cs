using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>How the values that a schema describes are written.</summary>
internal abstract class ValueSyntax
{
    /// <summary>Values of some types; null where the schema allows none.</summary>
    /// <param name="facts">What the schema says.</param>
    /// <param name="types">The types that are meant.</param>
    public abstract Grammar? OfTypes(SchemaFacts facts, JsonTypes types);

    /// <summary>A given value; null where it cannot be written.</summary>
    public abstract Grammar? Constant(JsonElement value);
}
