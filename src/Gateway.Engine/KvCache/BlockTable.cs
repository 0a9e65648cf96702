namespace Gateway.Engine.KvCache;

/// <summary>
/// The cache blocks of one sequence, in order of positions, and how far the prefix cache knows them. <see cref="BlockManager"/> alone
/// changes it.
/// </summary>
/// <remarks>
/// Steps read <see cref="Blocks"/> in place instead of copying it. So its entries change only while no step is under way that could
/// still read them: a release leaves them as they are and says with <see cref="Count"/> that they are nobody's.
/// </remarks>
internal sealed class BlockTable
{
    /// <summary>Entries of the table; those from <see cref="Count"/> on mean nothing.</summary>
    public int[] Blocks { get; private set; } = new int[8];

    /// <summary>Blocks held.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<int> Held => Blocks.AsSpan(0, Count);

    /// <summary>Leading blocks that the prefix cache knows, because they were found there or published.</summary>
    public int KnownBlocks { get; private set; }

    /// <summary>Hash of the prefix that ends with the last known block; of no meaning before the first.</summary>
    public ulong KnownHash { get; private set; }

    /// <summary>Identity of the last known block's content; 0 before the first.</summary>
    public long KnownId { get; private set; }

    /// <summary>Makes room for that many blocks, so that adding them allocates nothing.</summary>
    public void Reserve(int blocks)
    {
        if (blocks > Blocks.Length)
        {
            // A step under way goes on reading the old array, which stays as it is.
            var longer = new int[Math.Max(blocks, 2 * Blocks.Length)];
            Held.CopyTo(longer);
            Blocks = longer;
        }
    }

    public void Add(int block)
    {
        Reserve(Count + 1);
        Blocks[Count++] = block;
    }

    public void Replace(int index, int block) => Blocks[index] = block;

    /// <summary>One more leading block is known.</summary>
    public void Know(ulong hash, long id) => (KnownBlocks, KnownHash, KnownId) = (KnownBlocks + 1, hash, id);

    public void Clear() => (Count, KnownBlocks, KnownHash, KnownId) = (0, 0, 0, 0);
}
