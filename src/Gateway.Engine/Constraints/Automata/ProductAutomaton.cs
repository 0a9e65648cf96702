namespace Gateway.Engine.Constraints.Automata;

/// <summary>Two regular automata that run side by side.</summary>
/// <param name="left">The one that every text must lead through.</param>
/// <param name="right">The one beside it.</param>
/// <param name="isDifference">The right one must not accept, instead of must.</param>
internal sealed class ProductAutomaton(AutomatonState left, AutomatonState right, bool isDifference)
{
    /// <summary>Lays the product out, with <paramref name="next"/> behind it; gives where it begins.</summary>
    /// <exception cref="GrammarException">It takes too many parts.</exception>
    public int CopyTo(Nfa nfa, int next)
    {
        Dictionary<(AutomatonState Left, AutomatonState? Right), int> parts = [];
        Queue<(AutomatonState Left, AutomatonState? Right)> pending = new();
        var start = PartOf(left, right);
        while (pending.TryDequeue(out var pair))
        {
            var part = nfa[parts[pair]];
            if (pair.Left.IsAccepting && (pair.Right?.IsAccepting ?? false) != isDifference)
            {
                part.Empty.Add(next);
            }

            foreach (var edge in pair.Left.Bytes)
            {
                Add(part, edge, pair.Right);
            }
        }

        return start;

        int PartOf(AutomatonState one, AutomatonState? other)
        {
            if (!parts.TryGetValue((one, other), out var part))
            {
                part = nfa.Add();
                parts.Add((one, other), part);
                pending.Enqueue((one, other));
            }

            return part;
        }

        // Splits a range where the right side's edges begin and end.
        void Add(Nfa.Part part, ByteEdge edge, AutomatonState? other)
        {
            int first = edge.First;
            foreach (var beside in other?.Bytes ?? [])
            {
                if (beside.Last < first || beside.First > edge.Last)
                {
                    continue;
                }

                AddAlone(part, first, beside.First - 1, edge.Target);
                first = Math.Max(first, beside.First);
                var last = Math.Min(beside.Last, edge.Last);
                part.Bytes.Add(((byte)first, last, PartOf(edge.Target, beside.Target)));
                first = last + 1;
            }

            AddAlone(part, first, edge.Last, edge.Target);
        }

        void AddAlone(Nfa.Part part, int first, int last, AutomatonState target)
        {
            if (isDifference && first <= last)
            {
                part.Bytes.Add(((byte)first, (byte)last, PartOf(target, null)));
            }
        }
    }
}
