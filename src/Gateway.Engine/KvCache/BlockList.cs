namespace Gateway.Engine.KvCache;

/// <summary>A list of block numbers with both ends open, from which any block can be taken out: a linked list in two arrays.</summary>
/// <param name="capacity">Blocks are numbered from 0 to below this.</param>
internal sealed class BlockList(int capacity)
{
    // The end of the list, which is where it starts again, has the number after the last block.
    private readonly int[] _next = Ends(capacity);
    private readonly int[] _previous = Ends(capacity);

    public int Count { get; private set; }

    /// <summary>The block at the front; the list must not be empty.</summary>
    public int First => _next[capacity];

    public void AddFirst(int block) => Insert(block, after: capacity);

    public void AddLast(int block) => Insert(block, after: _previous[capacity]);

    public void Remove(int block)
    {
        _next[_previous[block]] = _next[block];
        _previous[_next[block]] = _previous[block];
        Count--;
    }

    /// <summary>From front to end.</summary>
    public IEnumerable<int> Enumerate()
    {
        for (var block = First; block != capacity; block = _next[block])
        {
            yield return block;
        }
    }

    private static int[] Ends(int capacity)
    {
        var links = new int[capacity + 1];
        links[capacity] = capacity;
        return links;
    }

    private void Insert(int block, int after)
    {
        (_previous[block], _next[block]) = (after, _next[after]);
        _previous[_next[block]] = block;
        _next[after] = block;
        Count++;
    }
}
