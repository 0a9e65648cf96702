namespace Gateway.Engine.Constraints.Expressions;

/// <summary>What a rule stands for.</summary>
internal sealed class ReferenceGrammar(GrammarRule rule) : Grammar
{
    public GrammarRule Rule { get; } = rule;
}
