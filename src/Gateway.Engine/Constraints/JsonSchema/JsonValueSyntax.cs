using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Values as JSON.</summary>
internal sealed class JsonValueSyntax : ValueSyntax
{
    private readonly bool _isStrict;
    private readonly ObjectGrammar _objects;
    private readonly ArrayGrammar _arrays;

    /// <param name="compile">What all of some schemas describe together, as JSON; null where that is nothing.</param>
    /// <param name="isStrict">Whether all that is asked for has to be enforced.</param>
    public JsonValueSyntax(Func<IReadOnlyList<SchemaSource>, Grammar?> compile, bool isStrict)
    {
        _isStrict = isStrict;
        (_objects, _arrays) = (new ObjectGrammar(compile, new JsonObjectSyntax()), new ArrayGrammar(compile));
    }

    public override Grammar? OfTypes(SchemaFacts facts, JsonTypes types)
    {
        if (types == JsonTypes.All && facts.Objects.Count + facts.Arrays.Count + facts.Patterns.Count == 0 && facts is
            { Required.Count: 0, MinLength: 0, MaxLength: null, MinItems: 0, MaxItems: null, MinProperties: 0, MaxProperties: null, Bounds.IsOpen: true })
        {
            return JsonText.Value;
        }

        List<Grammar?> ways = [];
        ways.AddRange(types.HasFlag(JsonTypes.Object) ? [_objects.Of(facts, _isStrict)] : []);
        ways.AddRange(types.HasFlag(JsonTypes.Array) ? [_arrays.Of(facts)] : []);
        ways.AddRange(types.HasFlag(JsonTypes.String) ? [StringGrammar.Of(facts, StringSyntax.Json, _isStrict)] : []);
        ways.AddRange((types & JsonTypes.Number) != 0 ? [NumberGrammar.Of(facts.Bounds, !types.HasFlag(JsonTypes.Fraction))] : []);
        ways.AddRange(types.HasFlag(JsonTypes.Boolean) ? [JsonText.Boolean] : []);
        ways.AddRange(types.HasFlag(JsonTypes.Null) ? [JsonText.Null] : []);
        return SchemaGrammar.AnyOf(ways);
    }

    public override Grammar Constant(JsonElement value) => ConstantGrammar.Of(value);
}
