namespace Gateway.Engine.Tokenization.Models;

/// <summary>Byte-pair merging: as long as a pair of neighbours merges, the one of lowest rank does, the leftmost first (Sennrich et al. 2016).</summary>
internal static class BpeMerger
{
    /// <summary>Up to this many symbols a plain search for the best pair is faster than a queue.</summary>
    private const int SearchLimit = 64;

    /// <summary>Merges in place.</summary>
    /// <returns>How many symbols are left, at the beginning of <paramref name="symbols"/>.</returns>
    public static int Merge(Span<int> symbols, MergeTable merges) =>
        symbols.Length <= SearchLimit ? MergeBySearch(symbols, merges) : MergeByQueue(symbols, merges);

    private static int MergeBySearch(Span<int> symbols, MergeTable merges)
    {
        Span<Merge> pairs = stackalloc Merge[SearchLimit];
        var count = symbols.Length;
        for (var i = 0; i + 1 < count; i++)
        {
            pairs[i] = merges.Find(symbols[i], symbols[i + 1]);
        }

        while (true)
        {
            var best = 0;
            var rank = int.MaxValue;
            for (var i = 0; i + 1 < count; i++)
            {
                if (pairs[i].Rank < rank)
                {
                    (best, rank) = (i, pairs[i].Rank);
                }
            }

            if (rank == int.MaxValue)
            {
                return count;
            }

            symbols[best] = pairs[best].Id;
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            pairs[(best + 1)..count].CopyTo(pairs[best..]);
            count--;
            if (best + 1 < count)
            {
                pairs[best] = merges.Find(symbols[best], symbols[best + 1]);
            }

            if (best > 0)
            {
                pairs[best - 1] = merges.Find(symbols[best - 1], symbols[best]);
            }
        }
    }

    /// <summary>O(n log n): a queue of candidate pairs over a linked list of symbols. Candidates that a merge beside them overtook are dropped when their turn comes.</summary>
    private static int MergeByQueue(Span<int> symbols, MergeTable merges)
    {
        const int Gone = -1;
        var count = symbols.Length;
        var previous = new int[count];
        var next = new int[count];
        PriorityQueue<int, (int Rank, int Position)> queue = new(count);
        for (var i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            Enqueue(symbols, i);
        }

        while (queue.TryDequeue(out var left, out var candidate))
        {
            var right = next[left];
            if (symbols[left] == Gone || right == count || merges.Find(symbols[left], symbols[right]) is var merge && merge.Rank != candidate.Rank)
            {
                continue;
            }

            symbols[left] = merge.Id;
            symbols[right] = Gone;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
            }

            Enqueue(symbols, left);
            if (previous[left] >= 0)
            {
                Enqueue(symbols, previous[left]);
            }
        }

        var kept = 0;
        for (var i = 0; i < count; i = next[i])
        {
            symbols[kept++] = symbols[i];
        }

        return kept;

        void Enqueue(Span<int> current, int position)
        {
            if (next[position] < count && merges.Find(current[position], current[next[position]]) is { Id: >= 0 } merge)
            {
                queue.Enqueue(position, (merge.Rank, position));
            }
        }
    }
}
