namespace Gateway.Engine.Constraints.Expressions;

/// <summary>A token by its id.</summary>
internal sealed class TokenGrammar(int id) : Grammar
{
    public int Id { get; } = id;
}
