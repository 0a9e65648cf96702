namespace Gateway.Engine.KvCache;

/// <summary>Gives cache blocks to sequences and takes them back. Knows numbers only, not what the blocks hold.</summary>
internal sealed class BlockManager
{
    private readonly Stack<int> _free;

    /// <param name="totalBlocks">Number of blocks, numbered from 0.</param>
    /// <param name="blockSize">Tokens per block.</param>
    public BlockManager(int totalBlocks, int blockSize)
    {
        TotalBlocks = totalBlocks;
        BlockSize = blockSize;
        _free = new Stack<int>(Enumerable.Range(0, totalBlocks).Reverse());
    }

    public int TotalBlocks { get; }

    public int BlockSize { get; }

    public int FreeBlocks => _free.Count;

    /// <summary>Makes the block table long enough for that many tokens; false, and nothing changed, when too few blocks are free.</summary>
    public bool TryGrow(List<int> blockTable, int tokens)
    {
        var missing = ((tokens + BlockSize - 1) / BlockSize) - blockTable.Count;
        if (missing > _free.Count)
        {
            return false;
        }

        for (; missing > 0; missing--)
        {
            blockTable.Add(_free.Pop());
        }

        return true;
    }

    /// <summary>Takes back all blocks of a table, which is empty afterwards.</summary>
    public void Release(List<int> blockTable)
    {
        foreach (var block in blockTable)
        {
            _free.Push(block);
        }

        blockTable.Clear();
    }

    /// <summary>Checks that each block is free or in exactly one of <paramref name="blockTables"/>.</summary>
    /// <exception cref="InvalidOperationException">A block is lost or held twice.</exception>
    public void CheckIntegrity(IEnumerable<IReadOnlyList<int>> blockTables)
    {
        var owners = new int[TotalBlocks];
        foreach (var block in _free.Concat(blockTables.SelectMany(table => table)))
        {
            owners[block]++;
        }

        var wrong = Array.FindIndex(owners, count => count != 1);
        if (wrong >= 0)
        {
            var problem = owners[wrong] == 0 ? "is lost: neither free nor held" : $"is held {owners[wrong]} times";
            throw new InvalidOperationException($"KV cache block {wrong} of {TotalBlocks} {problem} ({FreeBlocks} are free).");
        }
    }
}
