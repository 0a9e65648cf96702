using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Values of parameters: strings as they are, others as JSON, each with what tells which of the two it is, and with its end.</summary>
internal sealed class ParameterValueSyntax(ParameterSyntax syntax, JsonValueSyntax json, bool isStrict) : ValueSyntax
{
    public override Grammar? OfTypes(SchemaFacts facts, JsonTypes types)
    {
        var text = types.HasFlag(JsonTypes.String) ? StringGrammar.Of(facts, syntax.Strings, isStrict) : null;
        return SchemaGrammar.AnyOf([text is null ? null : Text(text), json.OfTypes(facts, types & ~JsonTypes.String) is { } other ? Json(other) : null]);
    }

    public override Grammar? Constant(JsonElement value) => value.ValueKind != JsonValueKind.String ? Json(json.Constant(value))
        : value.GetString()! is var text && syntax.CanHold(text) ? Text(Grammar.Literal(text))
        : null;

    private Grammar Text(Grammar text) => Grammar.Sequence(Grammar.Literal(syntax.TextBegin), text, syntax.End);

    private Grammar Json(Grammar value) => Grammar.Sequence(Grammar.Literal(syntax.JsonBegin), value, syntax.End);
}
