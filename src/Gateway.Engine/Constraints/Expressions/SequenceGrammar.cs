namespace Gateway.Engine.Constraints.Expressions;

/// <summary>Parts one after the other; none of them is the empty text.</summary>
internal sealed class SequenceGrammar(Grammar[] parts) : Grammar
{
    public Grammar[] Parts { get; } = parts;
}
