using System.Text.Json;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.JsonSchema;

namespace Gateway.Engine.Dialogue;

/// <summary>
/// What the arguments of a function may be: an object, always. Models write it as JSON, or as a parameter for each of its members; both say
/// the same.
/// </summary>
public sealed class ToolArguments
{
    private readonly JsonElement _schema;
    private readonly bool _isStrict;

    private ToolArguments(Grammar json, JsonElement schema, bool isStrict) => (Json, _schema, _isStrict) = (json, schema, isStrict);

    /// <summary>Any object.</summary>
    public static ToolArguments Any { get; } = new(Grammar.AnyJsonObject, JsonElement.Parse("""{"type":"object"}"""), isStrict: true);

    /// <summary>The empty object: the function takes no arguments.</summary>
    public static ToolArguments None { get; } =
        new(Grammar.Literal("{}"), JsonElement.Parse("""{"type":"object","additionalProperties":false}"""), isStrict: true);

    /// <summary>The arguments as JSON.</summary>
    public Grammar Json { get; }

    /// <summary>The objects that a schema allows.</summary>
    /// <param name="schema">JSON Schema of the type object; see <see cref="Grammar.FromJsonSchema"/>.</param>
    /// <param name="isStrict">False: what cannot be enforced while generating is left out instead of refused.</param>
    /// <exception cref="JsonSchemaException">Names the JSON pointer and the keyword that is malformed, contradictory or not supported.</exception>
    public static ToolArguments FromJsonSchema(JsonElement schema, bool isStrict = true) => new(Grammar.FromJsonSchema(schema, isStrict), schema, isStrict);

    /// <summary>The arguments as named parameters, in the order of the schema.</summary>
    /// <exception cref="JsonSchemaException">What has to be there cannot be written in this syntax.</exception>
    internal Grammar Parameters(ParameterSyntax syntax) => SchemaGrammar.BuildParameters(_schema, _isStrict, syntax);
}
