namespace Gateway.Engine.Constraints.Expressions;

/// <summary>These bytes, which are UTF-8 and at least one.</summary>
internal sealed class LiteralGrammar(byte[] bytes) : Grammar
{
    public byte[] Bytes { get; } = bytes;
}
