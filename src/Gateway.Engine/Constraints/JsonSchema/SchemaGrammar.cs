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
    private readonly Dictionary<(ValueSyntax Syntax, string Sources), GrammarRule> _rules = [];
    private readonly JsonValueSyntax _json;
    private readonly Disjointness _disjointness;
    private int _schemas;

    private SchemaGrammar(SchemaDocument document, bool isStrict)
    {
        (_document, _isStrict) = (document, isStrict);
        _json = new JsonValueSyntax(sources => Compile(sources, _json!), isStrict);
        _disjointness = new Disjointness(document, isStrict);
    }

    /// <exception cref="JsonSchemaException">The schema is malformed, contradicts itself, or asks for what is not supported.</exception>
    public static Grammar Build(JsonElement schema, bool isStrict)
    {
        SchemaDocument document = new(schema);
        SchemaGrammar grammar = new(document, isStrict);
        return grammar.Compile([document.Root], grammar._json) ?? throw document.Root.Error("", "contradicts itself: no value satisfies it.");
    }

    /// <summary>The objects that a schema allows, their members written as parameters and the values of these, where they are no strings, as JSON.</summary>
    /// <exception cref="JsonSchemaException">
    /// As for <see cref="Build"/>; also where every object has a name or a string in it that would end too early.
    /// </exception>
    public static Grammar BuildParameters(JsonElement schema, bool isStrict, ParameterSyntax syntax)
    {
        SchemaDocument document = new(schema);
        SchemaGrammar grammar = new(document, isStrict);
        ParameterValueSyntax values = new(syntax, grammar._json, isStrict);
        ParameterListSyntax list = new(syntax, values, sources => grammar.Compile(sources, values), isStrict);
        return grammar.Compile([document.Root], list)
            ?? throw document.Root.Error("", "no value can be written as parameters: a name or a string that has to be there holds what would end it.");
    }

    /// <summary>One of the ways that there are; null where there are none.</summary>
    public static Grammar? AnyOf(IEnumerable<Grammar?> ways)
    {
        List<Grammar> possible = [.. ways.OfType<Grammar>()];
        return possible.Count == 0 ? null : Grammar.Choice(possible);
    }

    /// <summary>Values that satisfy all of the schemas; null where there are none.</summary>
    private Grammar? Compile(IReadOnlyList<SchemaSource> sources, ValueSyntax syntax)
    {
        var key = (syntax, string.Join('\n', sources.Select(source => source.Pointer).Distinct()));
        if (_rules.TryGetValue(key, out var known))
        {
            return Grammar.Reference(known);
        }

        var facts = SchemaFacts.Of(_document, sources, _isStrict);
        if (!facts.HasReferences)
        {
            return Compile(facts, syntax);
        }

        GrammarRule rule = new($"schema {key.Item2}");
        _rules.Add(key, rule);
        var body = Compile(facts, syntax);
        rule.Body = body ?? Grammar.Nothing;
        return body is null ? null : Grammar.Reference(rule);
    }

    private Grammar? Compile(SchemaFacts facts, ValueSyntax syntax)
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

            return AnyOf(choice.Schemas.Select(alternative => facts.IsChoiceAlone ? Compile([alternative], syntax) : Compile(facts.With(alternative), syntax)));
        }

        return facts.Values is null
            ? syntax.OfTypes(facts, facts.Types)
            : AnyOf(new EnumValues(facts, types => _json.OfTypes(facts, types)).Allowed().Select(syntax.Constant));
    }
}
