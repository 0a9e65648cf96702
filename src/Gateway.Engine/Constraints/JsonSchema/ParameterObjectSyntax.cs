using Gateway.Engine.Constraints.Expressions;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Objects as named parameters, one behind the other.</summary>
internal sealed class ParameterObjectSyntax(ParameterSyntax syntax) : ObjectSyntax
{
    public override Grammar Open => Grammar.Empty;

    public override Grammar Separator => Grammar.Empty;

    public override Grammar Close => syntax.None;

    public override Grammar CloseBehindMember => Grammar.Empty;

    public override Grammar? Member(string name, Grammar value) =>
        syntax.CanName(name) ? Grammar.Sequence(syntax.Begin, Grammar.Literal(name), value) : null;

    public override Grammar FurtherMember(IReadOnlyList<string> declared, Grammar value)
    {
        var name = declared.Count == 0 ? syntax.FurtherName : new DifferenceGrammar(syntax.FurtherName, Grammar.Choice([.. declared.Select(Grammar.Literal)]));
        return Grammar.Sequence(syntax.Begin, name, value);
    }
}
