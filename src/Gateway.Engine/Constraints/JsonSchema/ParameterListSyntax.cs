using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Objects as parameters; nothing else can be written so.</summary>
internal sealed class ParameterListSyntax : ValueSyntax
{
    private readonly ParameterObjectSyntax _syntax;
    private readonly ObjectGrammar _objects;
    private readonly ParameterValueSyntax _values;
    private readonly bool _isStrict;

    /// <param name="syntax">How parameters are written.</param>
    /// <param name="values">How their values are.</param>
    /// <param name="compile">What all of some schemas describe together, as such a value; null where that is nothing.</param>
    /// <param name="isStrict">Whether all that is asked for has to be enforced.</param>
    public ParameterListSyntax(ParameterSyntax syntax, ParameterValueSyntax values, Func<IReadOnlyList<SchemaSource>, Grammar?> compile, bool isStrict)
    {
        (_syntax, _values, _isStrict) = (new ParameterObjectSyntax(syntax), values, isStrict);
        _objects = new ObjectGrammar(compile, _syntax);
    }

    public override Grammar? OfTypes(SchemaFacts facts, JsonTypes types) => types.HasFlag(JsonTypes.Object) ? _objects.Of(facts, _isStrict) : null;

    public override Grammar? Constant(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var members = value.EnumerateObject()
            .Select(member => _values.Constant(member.Value) is { } written ? _syntax.Member(member.Name, written) : null)
            .ToList();
        return members.Contains(null) ? null : members.Count == 0 ? _syntax.Close : Grammar.Sequence([.. members.OfType<Grammar>()]);
    }
}
