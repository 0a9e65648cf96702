namespace Gateway.Engine.Constraints.Expressions;

/// <summary>What the first allows and the second does not. Both must be regular: no references, no tokens.</summary>
internal sealed class DifferenceGrammar(Grammar allowed, Grammar excluded) : Grammar
{
    public Grammar Allowed { get; } = allowed;

    public Grammar Excluded { get; } = excluded;
}
