namespace Gateway.Engine.Constraints.Expressions;

/// <summary>What both allow. Both must be regular: no references, no tokens.</summary>
internal sealed class IntersectionGrammar(Grammar left, Grammar right) : Grammar
{
    public Grammar Left { get; } = left;

    public Grammar Right { get; } = right;
}
