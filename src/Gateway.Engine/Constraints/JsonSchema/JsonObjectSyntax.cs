using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Objects as JSON.</summary>
internal sealed class JsonObjectSyntax : ObjectSyntax
{
    public override Grammar Open { get; } = Grammar.Sequence(Grammar.Literal("{"), JsonText.WhiteSpace);

    public override Grammar Separator => JsonText.Comma;

    public override Grammar Close { get; } = Grammar.Literal("}");

    public override Grammar CloseBehindMember { get; } = Grammar.Sequence(JsonText.WhiteSpace, Grammar.Literal("}"));

    public override Grammar Member(string name, Grammar value) => Grammar.Sequence(JsonText.StringLiteral(name), JsonText.Colon, value);

    public override Grammar FurtherMember(IReadOnlyList<string> declared, Grammar value)
    {
        var name = declared.Count == 0
            ? JsonText.String
            : new DifferenceGrammar(
                StringSyntax.Json.Enclose(Grammar.Repeat(JsonText.OnceWritten(CodePointSet.All))),
                Grammar.Choice([.. declared.Select(JsonText.StringLiteral)]));
        return Grammar.Sequence(name, JsonText.Colon, value);
    }
}
