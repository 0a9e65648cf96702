using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>
/// Turns a schema into a grammar. What describes one value, be it several schemas by way of <c>allOf</c>, <c>$ref</c> and the parts of
/// objects, is first brought together (<see cref="SchemaFacts"/>); each <c>$ref</c> becomes a rule, so that schemas may be recursive.
/// </summary>
internal sealed class SchemaGrammar
{
    private const int MaxSchemas = 20_000;

    private readonly SchemaDocument _document;
    private readonly bool _isStrict;
    private readonly Dictionary<string, GrammarRule> _rules = new(StringComparer.Ordinal);
    private readonly ObjectGrammar _objects;
    private readonly ArrayGrammar _arrays;
    private readonly Disjointness _disjointness;
    private int _schemas;

    private SchemaGrammar(SchemaDocument document, bool isStrict)
    {
        (_document, _isStrict) = (document, isStrict);
        (_objects, _arrays) = (new ObjectGrammar(Compile), new ArrayGrammar(Compile));
        _disjointness = new Disjointness(document, isStrict);
    }

    /// <exception cref="JsonSchemaException">The schema is malformed, contradicts itself, or asks for what is not supported.</exception>
    public static Grammar Build(JsonElement schema, bool isStrict)
    {
        SchemaDocument document = new(schema);
        return new SchemaGrammar(document, isStrict).Compile([document.Root])
            ?? throw document.Root.Error("", "contradicts itself: no value satisfies it.");
    }

    /// <summary>Values that satisfy all of the schemas; null where there are none.</summary>
    private Grammar? Compile(IReadOnlyList<SchemaSource> sources)
    {
        var key = string.Join('\n', sources.Select(source => source.Pointer).Distinct());
        if (_rules.TryGetValue(key, out var known))
        {
            return Grammar.Reference(known);
        }

        var facts = SchemaFacts.Of(_document, sources, _isStrict);
        if (!facts.HasReferences)
        {
            return Compile(facts);
        }

        GrammarRule rule = new($"schema {key}");
        _rules.Add(key, rule);
        var body = Compile(facts);
        rule.Body = body ?? Grammar.Nothing;
        return body is null ? null : Grammar.Reference(rule);
    }

    private Grammar? Compile(SchemaFacts facts)
    {
        if (++_schemas > MaxSchemas || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw facts.Origin.Error("", $"the schema is too large: it unfolds to more than {MaxSchemas} schemas, or is nested too deeply.");
        }

        if (facts.IsImpossible)
        {
            return null;
        }

        if (facts.Choices is [var choice, ..])
        {
            if (choice.IsExclusive && _isStrict)
            {
                _disjointness.Check(choice);
            }

            return AnyOf(choice.Schemas.Select(alternative => facts.IsChoiceAlone ? Compile([alternative]) : Compile(facts.With(alternative))));
        }

        return facts.Values is null
            ? AnyOf(OfTypes(facts, facts.Types))
            : AnyOf(new EnumValues(facts, types => AnyOf(OfTypes(facts, types))).Allowed().Select(ConstantGrammar.Of));
    }

    private static Grammar? AnyOf(IEnumerable<Grammar?> ways)
    {
        List<Grammar> possible = [.. ways.OfType<Grammar>()];
        return possible.Count == 0 ? null : Grammar.Choice(possible);
    }

    private IEnumerable<Grammar?> OfTypes(SchemaFacts facts, JsonTypes types)
    {
        if (types == JsonTypes.All && facts.Objects.Count + facts.Arrays.Count + facts.Patterns.Count == 0 && facts is
            { Required.Count: 0, MinLength: 0, MaxLength: null, MinItems: 0, MaxItems: null, MinProperties: 0, MaxProperties: null, Bounds.IsOpen: true })
        {
            return [JsonText.Value];
        }

        List<Grammar?> ways = [];
        ways.AddRange(types.HasFlag(JsonTypes.Object) ? [_objects.Of(facts, _isStrict)] : []);
        ways.AddRange(types.HasFlag(JsonTypes.Array) ? [_arrays.Of(facts)] : []);
        ways.AddRange(types.HasFlag(JsonTypes.String) ? [StringGrammar.Of(facts, _isStrict)] : []);
        ways.AddRange((types & JsonTypes.Number) != 0 ? [NumberGrammar.Of(facts.Bounds, !types.HasFlag(JsonTypes.Fraction))] : []);
        ways.AddRange(types.HasFlag(JsonTypes.Boolean) ? [JsonText.Boolean] : []);
        ways.AddRange(types.HasFlag(JsonTypes.Null) ? [JsonText.Null] : []);
        return ways;
    }
}
