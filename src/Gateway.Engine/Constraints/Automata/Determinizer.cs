using System.Collections;
using System.Runtime.InteropServices;

namespace Gateway.Engine.Constraints.Automata;

/// <summary>The subset construction: each set of parts that a text can lead to becomes one state. Rules that are entered count as symbols.</summary>
/// <param name="nfa">What is determined.</param>
/// <param name="compiler">Counts states and work.</param>
internal sealed class Determinizer(Nfa nfa, GrammarCompiler compiler)
{
    private readonly Dictionary<int[], AutomatonState> _states = new(SetComparer.Instance);
    private readonly Queue<(int[] Set, AutomatonState State)> _pending = new();
    private readonly int[] _marks = new int[nfa.Count];
    private readonly Stack<int> _stack = new();
    private int _mark;

    /// <exception cref="GrammarException">It takes too many states.</exception>
    public AutomatonState Run(int start)
    {
        var first = StateOf([start]);
        while (_pending.TryDequeue(out var next))
        {
            next.State.IsAccepting = next.Set.Contains(nfa.Accept);
            next.State.Bytes = ByteEdges(next.Set);
            next.State.Tokens =
            [
                .. next.Set.SelectMany(part => nfa[part].Tokens).GroupBy(edge => edge.Id)
                    .Select(group => new TokenEdge(group.Key, StateOf(group.Select(edge => edge.Target)))),
            ];
            next.State.Calls =
            [
                .. next.Set.SelectMany(part => nfa[part].Calls).GroupBy(edge => edge.Callee)
                    .Select(group => new CallEdge(group.Key, StateOf(group.Select(edge => edge.Return)))),
            ];
        }

        return first;
    }

    private ByteEdge[] ByteEdges(int[] set)
    {
        BitArray starts = new(257);
        List<(byte First, byte Last, int Target)> edges = [];
        foreach (var part in set)
        {
            foreach (var edge in nfa[part].Bytes)
            {
                edges.Add(edge);
                starts[edge.First] = starts[edge.Last + 1] = true;
            }
        }

        List<ByteEdge> result = [];
        List<int> targets = [];
        for (var first = 0; first < 256;)
        {
            var last = first;
            while (last < 255 && !starts[last + 1])
            {
                last++;
            }

            targets.Clear();
            foreach (var edge in edges)
            {
                if (edge.First <= first && edge.Last >= last)
                {
                    targets.Add(edge.Target);
                }
            }

            compiler.CountWork(edges.Count);
            if (targets.Count > 0)
            {
                AddEdge(result, (byte)first, (byte)last, StateOf(targets));
            }

            first = last + 1;
        }

        return [.. result];
    }

    private static void AddEdge(List<ByteEdge> edges, byte first, byte last, AutomatonState target)
    {
        if (edges.Count > 0 && edges[^1].Target == target && edges[^1].Last == first - 1)
        {
            edges[^1] = edges[^1] with { Last = last };
        }
        else
        {
            edges.Add(new ByteEdge(first, last, target));
        }
    }

    private AutomatonState StateOf(IEnumerable<int> parts)
    {
        var set = Close(parts);
        ref var state = ref CollectionsMarshal.GetValueRefOrAddDefault(_states, set, out _);
        if (state is null)
        {
            state = compiler.AddState();
            _pending.Enqueue((set, state));
        }

        return state;
    }

    /// <summary>The parts that can be reached without reading, those left out from which nothing but that is possible; ascending.</summary>
    private int[] Close(IEnumerable<int> parts)
    {
        List<int> closed = [];
        _mark++;
        foreach (var part in parts)
        {
            Push(part);
        }

        while (_stack.TryPop(out var part))
        {
            if (nfa[part].HasEdges || part == nfa.Accept)
            {
                closed.Add(part);
            }

            nfa[part].Empty.ForEach(Push);
        }

        compiler.CountWork(closed.Count);
        closed.Sort();
        return [.. closed];
    }

    private void Push(int part)
    {
        if (_marks[part] != _mark)
        {
            _marks[part] = _mark;
            _stack.Push(part);
        }
    }

    private sealed class SetComparer : IEqualityComparer<int[]>
    {
        public static SetComparer Instance { get; } = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
