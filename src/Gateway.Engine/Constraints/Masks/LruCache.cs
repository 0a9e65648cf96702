using System.Diagnostics.CodeAnalysis;

namespace Gateway.Engine.Constraints.Masks;

/// <summary>Keeps what was used last, within a bound of memory. For any number of threads; looking something up allocates nothing.</summary>
/// <param name="capacity">The most that all values together may weigh.</param>
/// <param name="comparer">How keys are compared.</param>
internal sealed class LruCache<TKey, TValue>(long capacity, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, LinkedListNode<Entry>> _entries = new(comparer);
    private readonly LinkedList<Entry> _order = [];

    /// <summary>What all values weigh now.</summary>
    public long Weight { get; private set; }

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_lock)
        {
            return Use_NeedsLock(_entries.GetValueOrDefault(key), out value);
        }
    }

    /// <summary>The same by another form of the key, which the comparer knows.</summary>
    public bool TryGet<TAlternate>(TAlternate key, [MaybeNullWhen(false)] out TValue value)
        where TAlternate : notnull, allows ref struct
    {
        lock (_lock)
        {
            _entries.GetAlternateLookup<TAlternate>().TryGetValue(key, out var node);
            return Use_NeedsLock(node, out value);
        }
    }

    /// <summary>Keeps a value; no effect where there is one already.</summary>
    public void Add(TKey key, TValue value, long weight)
    {
        lock (_lock)
        {
            if (_entries.ContainsKey(key))
            {
                return;
            }

            _entries.Add(key, _order.AddFirst(new Entry(key, value, weight)));
            Weight += weight;
            while (Weight > capacity && _order.Last is { } last && last != _order.First)
            {
                _order.RemoveLast();
                _entries.Remove(last.Value.Key);
                Weight -= last.Value.Weight;
            }
        }
    }

    private bool Use_NeedsLock(LinkedListNode<Entry>? node, [MaybeNullWhen(false)] out TValue value)
    {
        if (node is null)
        {
            value = default;
            return false;
        }

        _order.Remove(node);
        _order.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    private readonly record struct Entry(TKey Key, TValue Value, long Weight);
}
