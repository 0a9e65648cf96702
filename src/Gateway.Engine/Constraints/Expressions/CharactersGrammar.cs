using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.Expressions;

/// <summary>One character out of a set; surrogates in it count for nothing.</summary>
internal sealed class CharactersGrammar(CodePointSet set) : Grammar
{
    public CodePointSet Set { get; } = set;
}
