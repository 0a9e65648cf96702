using System.Runtime.CompilerServices;
using Gateway.Engine.Constraints.Expressions;

namespace Gateway.Engine.Constraints.Automata;

/// <summary>About how many parts of an automaton expressions take. What is shared counts at each of its places.</summary>
internal sealed class GrammarSize
{
    private readonly Dictionary<Grammar, long> _sizes = [];

    /// <summary>At most <see cref="int.MaxValue"/>.</summary>
    /// <exception cref="GrammarException">The expression is nested too deeply.</exception>
    public long Of(Grammar grammar)
    {
        if (!_sizes.TryGetValue(grammar, out var size))
        {
            if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            {
                throw new GrammarException("The grammar is nested too deeply.");
            }

            size = Math.Min(int.MaxValue, Compute(grammar));
            _sizes.Add(grammar, size);
        }

        return size;
    }

    private long Compute(Grammar grammar) => grammar switch
    {
        LiteralGrammar literal => literal.Bytes.Length,
        CharactersGrammar characters => 1 + (characters.Set.Ranges.Count() / 4),
        SequenceGrammar sequence => sequence.Parts.Sum(Of),
        ChoiceGrammar choice => choice.Alternatives.Sum(Of),
        RepeatGrammar repeat => Math.Max(1, repeat.Max ?? repeat.Min) * Of(repeat.Body),
        IntersectionGrammar or DifferenceGrammar => int.MaxValue,
        _ => 1,
    };
}
