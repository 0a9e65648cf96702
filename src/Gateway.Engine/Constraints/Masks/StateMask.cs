namespace Gateway.Engine.Constraints.Masks;

/// <summary>What a state of an automaton allows, whatever its rule was entered from.</summary>
/// <param name="Words">One bit per token id that the rule itself can take whole.</param>
/// <param name="Ends">
/// Nodes of the trie at which the rule may end with more bytes of tokens to come; whether those are allowed is for what is below on the
/// stack to say.
/// </param>
/// <param name="Depth">No more entries than this were on top of the stack meanwhile.</param>
internal sealed record StateMask(uint[] Words, int[] Ends, int Depth)
{
    /// <summary>Bytes of memory.</summary>
    public long Weight => ((long)Words.Length + Ends.Length) * sizeof(int);
}
