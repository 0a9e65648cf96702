using Gateway.Engine.Constraints.Automata;

namespace Gateway.Engine.Constraints.Masks;

/// <summary>Computes masks by walks over the vocabulary. For use by one thread at a time.</summary>
/// <param name="trie">The vocabulary.</param>
/// <param name="words">32-bit words of a mask.</param>
/// <param name="states">Masks of states that were computed before, for all builders.</param>
internal sealed class MaskBuilder(TokenTrie trie, int words, LruCache<AutomatonState, StateMask> states)
{
    private readonly ConfigurationTable _configurations = new();
    private readonly StackSet _set = new();
    private readonly List<int> _ends = [];
    private readonly int[] _path = new int[TokenTrie.MaxTokenBytes + 1];

    /// <summary>The tokens that can follow, one bit per id.</summary>
    /// <param name="stacks">All stacks, as <see cref="StackTable.Write"/> writes them down.</param>
    /// <exception cref="GrammarException">There are too many ways to read the answer.</exception>
    public uint[] Build(ReadOnlySpan<StackFrame> stacks)
    {
        _configurations.ClearWhenLarge();
        var mask = new uint[words];
        while (!stacks.IsEmpty)
        {
            var length = stacks.IndexOf(default(StackFrame));
            Add(stacks[..length], mask);
            stacks = stacks[(length + 1)..];
        }

        return mask;
    }

    private void Add(ReadOnlySpan<StackFrame> stack, uint[] mask)
    {
        var own = MaskOf(stack[0].State!);
        if (stack.Length + own.Depth > StackTable.MaxDepth)
        {
            AddWithinMaxDepth(stack, mask);
            return;
        }

        for (var i = 0; i < mask.Length; i++)
        {
            mask[i] |= own.Words[i];
        }

        if (stack.Length > 1 && own.Ends.Length > 0)
        {
            var below = _configurations.Stacks.Read(stack[1..]);
            _configurations.Stacks.Resume(below, _set);
            var configuration = _configurations.Of(_set);
            foreach (var node in own.Ends)
            {
                Walk(node, configuration, mask, ends: null);
            }
        }
    }

    /// <summary>The state's mask knows nothing of the depth that is left: walks with the whole stack.</summary>
    private void AddWithinMaxDepth(ReadOnlySpan<StackFrame> stack, uint[] mask)
    {
        foreach (var edge in stack[0].State!.Tokens)
        {
            Allow(mask, edge.Id);
        }

        _configurations.Stacks.Single(stack[0].State!, _configurations.Stacks.Read(stack[1..]), _set);
        Walk(0, _configurations.Of(_set), mask, ends: null);
    }

    private StateMask MaskOf(AutomatonState state)
    {
        if (states.TryGet(state, out var known))
        {
            return known;
        }

        var mask = new uint[words];
        foreach (var edge in state.Tokens)
        {
            Allow(mask, edge.Id);
        }

        _ends.Clear();
        _configurations.Stacks.Single(state, StackTable.Base, _set);
        Walk(0, _configurations.Of(_set), mask, _ends);
        StateMask result = new(mask, [.. _ends], _configurations.Stacks.DeepestAboveBase);
        states.Add(state, result, result.Weight);
        return result;
    }

    /// <summary>Allows all tokens of a subtree that lead on from a configuration.</summary>
    /// <param name="root">The configuration holds here; the node's own tokens are left alone.</param>
    /// <param name="configuration">What was read up to the root led to.</param>
    /// <param name="mask">Receives the tokens.</param>
    /// <param name="ends">Receives the nodes at which what is looked at may end and behind which there is more; or null.</param>
    private void Walk(int root, int configuration, uint[] mask, List<int>? ends)
    {
        var (bytes, depths, subtrees, firstTokens) = (trie.Bytes, trie.Depths, trie.Ends, trie.FirstTokens);
        _path[depths[root]] = configuration;
        var end = subtrees[root];
        for (var node = root + 1; node < end;)
        {
            int depth = depths[node];
            var next = _configurations.Next(_path[depth - 1], bytes[node]);
            if (next == ConfigurationTable.Dead)
            {
                node = subtrees[node];
                continue;
            }

            _path[depth] = next;
            for (var i = firstTokens[node]; i < firstTokens[node + 1]; i++)
            {
                Allow(mask, trie.Tokens[i]);
            }

            if (ends is not null && subtrees[node] > node + 1 && _configurations.IsAtBase(next))
            {
                ends.Add(node);
            }

            node++;
        }
    }

    private static void Allow(uint[] mask, int id) => mask[id / 32] |= 1u << (id % 32);
}
