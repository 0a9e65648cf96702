namespace Gateway.Engine.KvCache;

/// <summary>
/// Gives cache blocks to sequences and takes them back, and knows which of them hold a prefix that another sequence may share. Knows
/// numbers and tokens only, not what the blocks hold.
/// </summary>
/// <remarks>
/// The prefix cache is that of vLLM (vllm/v1/core/kv_cache_manager.py) and nano-vllm: only full blocks, found by a chain of hashes; a
/// block that nobody holds keeps its content and stays findable until it is needed, so that the list of free blocks is the least
/// recently used order too. What a hash finds is compared: the block's tokens, and that it follows the very content that precedes
/// it here, which is known by an identity that is given once. So a hit is exact by induction, whatever the hash does.
/// </remarks>
internal sealed class BlockManager
{
    private readonly PrefixHash _hash;

    // Blocks that nobody holds: at the front those with nothing of use, behind them the cached ones, the least recently used first.
    private readonly BlockList _unheld;
    private readonly int[] _holders;
    private readonly int[] _tokens;
    private readonly CachedPrefix[] _prefixes;
    private readonly Dictionary<ulong, int> _blockOfHash;
    private long _lastId;

    /// <param name="totalBlocks">Number of blocks, numbered from 0.</param>
    /// <param name="blockSize">Tokens per block.</param>
    /// <param name="hash">Finds candidates; null for the usual one.</param>
    public BlockManager(int totalBlocks, int blockSize, PrefixHash? hash = null)
    {
        TotalBlocks = totalBlocks;
        BlockSize = blockSize;
        _hash = hash ?? new PrefixHash();
        _unheld = new BlockList(totalBlocks);
        _holders = new int[totalBlocks];
        _tokens = new int[totalBlocks * blockSize];
        _prefixes = new CachedPrefix[totalBlocks];
        _blockOfHash = new Dictionary<ulong, int>(totalBlocks);
        for (var block = 0; block < totalBlocks; block++)
        {
            _unheld.AddLast(block);
        }
    }

    public int TotalBlocks { get; }

    public int BlockSize { get; }

    /// <summary>Blocks that nobody holds and that hold nothing of use.</summary>
    public int FreeBlocks => _unheld.Count - CachedBlocks;

    /// <summary>Blocks that nobody holds and that hold a findable prefix.</summary>
    public int CachedBlocks { get; private set; }

    /// <summary>Blocks that sequences can be given: free and cached ones.</summary>
    public int AvailableBlocks => _unheld.Count;

    public int HeldBlocks => TotalBlocks - _unheld.Count;

    /// <summary>Cached blocks that were given away.</summary>
    public long Evictions { get; private set; }

    /// <summary>
    /// Gives an empty table the cached blocks of the longest known prefix, and new ones for the rest. At least one token is left to
    /// compute, since the next one is chosen from its logits.
    /// </summary>
    /// <param name="table">Empty; unchanged when the answer is null.</param>
    /// <param name="scope">Whose prefixes may be found.</param>
    /// <param name="tokens">All tokens of the sequence.</param>
    /// <param name="reusable">Leading tokens that may be found; more than there are means all but the last.</param>
    /// <param name="reserve">Blocks that must remain available.</param>
    /// <returns>How many leading tokens need not be computed; null when too few blocks are available.</returns>
    public int? TryAdmit(BlockTable table, CacheScope scope, ReadOnlySpan<int> tokens, int reusable, int reserve)
    {
        FindPrefix(table, scope, tokens[..Math.Min(reusable, tokens.Length - 1)]);
        var available = _unheld.Count;
        foreach (var block in table.Held)
        {
            available -= _holders[block] == 0 ? 1 : 0;
        }

        if (BlocksFor(tokens.Length) - table.Count > available - reserve)
        {
            table.Clear();
            return null;
        }

        foreach (var block in table.Held)
        {
            Hold(block);
        }

        var found = table.Count * BlockSize;
        TryGrow(table, tokens.Length);
        return found;
    }

    /// <summary>Makes the table long enough for that many tokens; false, and nothing changed, when too few blocks are available.</summary>
    public bool TryGrow(BlockTable table, int tokens)
    {
        var missing = BlocksFor(tokens) - table.Count;
        if (missing > _unheld.Count)
        {
            return false;
        }

        for (; missing > 0; missing--)
        {
            var block = _unheld.First;
            if (_prefixes[block].IsFindable)
            {
                Forget(block);
                Evictions++;
            }

            Hold(block);
            table.Add(block);
        }

        return true;
    }

    /// <summary>
    /// Lets others find the full blocks of a sequence. A block whose content another one holds already is exchanged for that one, so
    /// that sequences that began alike at the same time come to share their blocks.
    /// </summary>
    /// <param name="table">Holds a block for each of the tokens.</param>
    /// <param name="scope">Who may find them.</param>
    /// <param name="tokens">The sequence's leading tokens; their keys and values are in the cache, so the step that computed them was collected.</param>
    public void Publish(BlockTable table, CacheScope scope, ReadOnlySpan<int> tokens)
    {
        while ((table.KnownBlocks + 1) * BlockSize <= tokens.Length)
        {
            var (index, own) = (table.KnownBlocks, table.Blocks[table.KnownBlocks]);
            var ofBlock = tokens.Slice(index * BlockSize, BlockSize);
            var hash = NextHash(table, scope, ofBlock);
            if (!_blockOfHash.TryGetValue(hash, out var known))
            {
                _blockOfHash.Add(hash, own);
                ofBlock.CopyTo(_tokens.AsSpan(own * BlockSize));
                _prefixes[own] = new CachedPrefix(++_lastId, table.KnownId, hash, scope);
                known = own;
            }
            else if (!Holds(known, table.KnownId, scope, ofBlock))
            {
                // A collision: this sequence's prefix cannot be found from here on.
                return;
            }
            else if (known != own)
            {
                Hold(known);
                Release(own);
                table.Replace(index, known);
            }

            table.Know(hash, _prefixes[known].Id);
        }
    }

    /// <summary>Takes back all blocks of a table, which is empty afterwards. What was published stays findable.</summary>
    public void Release(BlockTable table)
    {
        // Backwards, so that the end of a prefix is given away before its beginning, without which it could not be found.
        for (var i = table.Count - 1; i >= 0; i--)
        {
            Release(table.Blocks[i]);
        }

        table.Clear();
    }

    /// <summary>Takes back all blocks of a table whose content is not to be trusted: nobody finds them any more.</summary>
    public void Discard(BlockTable table)
    {
        foreach (var block in table.Held)
        {
            if (_prefixes[block].IsFindable)
            {
                Forget(block);
            }
        }

        Release(table);
    }

    /// <summary>
    /// Checks that free, cached and held blocks are all blocks, that each is held as often as <paramref name="tables"/> say, and that
    /// exactly those are findable that say so.
    /// </summary>
    /// <exception cref="InvalidOperationException">A block is lost, held too often or not found; the message says which.</exception>
    public void CheckIntegrity(IEnumerable<BlockTable> tables)
    {
        var (holders, isUnheld) = (new int[TotalBlocks], new bool[TotalBlocks]);
        foreach (var table in tables)
        {
            foreach (var block in table.Held)
            {
                holders[block]++;
            }
        }

        foreach (var block in _unheld.Enumerate())
        {
            Check(!isUnheld[block], block, "is listed twice as held by nobody");
            isUnheld[block] = true;
        }

        var (free, cached, held) = (0, 0, 0);
        for (var block = 0; block < TotalBlocks; block++)
        {
            Check(holders[block] == _holders[block], block, $"is held by {holders[block]} sequences, and counted as held by {_holders[block]}");
            Check(isUnheld[block] == (holders[block] == 0), block, isUnheld[block] ? "is held, and listed as held by nobody" : "is lost: neither held nor listed");
            var isFindable = _prefixes[block].IsFindable;
            var isFound = isFindable && _blockOfHash.TryGetValue(_prefixes[block].Hash, out var found) && found == block;
            Check(isFindable == isFound, block, "holds a prefix that its hash does not lead to");
            held += holders[block] > 0 ? 1 : 0;
            cached += holders[block] == 0 && isFindable ? 1 : 0;
            free += holders[block] == 0 && !isFindable ? 1 : 0;
        }

        if ((free, cached, held) != (FreeBlocks, CachedBlocks, HeldBlocks) || _blockOfHash.Count != _prefixes.Count(prefix => prefix.IsFindable))
        {
            throw new InvalidOperationException(
                $"The KV cache counts {FreeBlocks} free, {CachedBlocks} cached and {HeldBlocks} held blocks of {TotalBlocks}; there are {free}, {cached} and {held}.");
        }

        void Check(bool isRight, int block, string problem)
        {
            if (!isRight)
            {
                throw new InvalidOperationException($"KV cache block {block} of {TotalBlocks} {problem}.");
            }
        }
    }

    private int BlocksFor(int tokens) => (tokens + BlockSize - 1) / BlockSize;

    /// <summary>Puts the blocks of the longest known prefix of the tokens into the table, without holding them.</summary>
    private void FindPrefix(BlockTable table, CacheScope scope, ReadOnlySpan<int> tokens)
    {
        while ((table.Count + 1) * BlockSize <= tokens.Length)
        {
            var ofBlock = tokens.Slice(table.Count * BlockSize, BlockSize);
            var hash = NextHash(table, scope, ofBlock);
            if (!_blockOfHash.TryGetValue(hash, out var block) || !Holds(block, table.KnownId, scope, ofBlock))
            {
                return;
            }

            table.Add(block);
            table.Know(hash, _prefixes[block].Id);
        }
    }

    private ulong NextHash(BlockTable table, CacheScope scope, ReadOnlySpan<int> tokens) =>
        _hash.Next(table.KnownBlocks == 0 ? _hash.Root(scope) : table.KnownHash, tokens);

    private bool Holds(int block, long parentId, CacheScope scope, ReadOnlySpan<int> tokens) =>
        _prefixes[block].ParentId == parentId && _prefixes[block].Scope == scope && _tokens.AsSpan(block * BlockSize, BlockSize).SequenceEqual(tokens);

    private void Hold(int block)
    {
        if (_holders[block]++ == 0)
        {
            _unheld.Remove(block);
            CachedBlocks -= _prefixes[block].IsFindable ? 1 : 0;
        }
    }

    private void Release(int block)
    {
        if (--_holders[block] > 0)
        {
            return;
        }

        if (_prefixes[block].IsFindable)
        {
            _unheld.AddLast(block);
            CachedBlocks++;
        }
        else
        {
            _unheld.AddFirst(block);
        }
    }

    /// <summary>A block's content is found no more.</summary>
    private void Forget(int block)
    {
        CachedBlocks -= _holders[block] == 0 ? 1 : 0;
        _blockOfHash.Remove(_prefixes[block].Hash);
        _prefixes[block] = default;
    }
}
