namespace Gateway.Engine.Constraints.Expressions;

/// <summary>One of several.</summary>
internal sealed class ChoiceGrammar(Grammar[] alternatives) : Grammar
{
    public Grammar[] Alternatives { get; } = alternatives;
}
