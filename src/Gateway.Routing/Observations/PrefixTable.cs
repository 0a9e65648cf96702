namespace Gateway.Routing;

/// <summary>
/// The owners of the prefixes that this replica served last, the least recently served one giving way. As many are kept as are exported:
/// routing sees exports only, so that all replicas see the same. Safe for concurrent use.
/// </summary>
internal sealed class PrefixTable
{
    /// <summary>About 100 KB of export when full.</summary>
    public const int Capacity = 8192;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, LinkedListNode<PrefixExport>> _byHash = [];
    private readonly LinkedList<PrefixExport> _newestFirst = [];

    public void Set(ulong hash, string model, DateTimeOffset now)
    {
        var owner = new PrefixOwner(model, now);
        lock (_lock)
        {
            if (_byHash.TryGetValue(hash, out var node))
            {
                _newestFirst.Remove(node);
                node.Value = new PrefixExport(hash, Newer(owner, node.Value.Owner, now));
            }
            else if (_byHash.Count < Capacity)
            {
                node = new LinkedListNode<PrefixExport>(new PrefixExport(hash, owner));
                _byHash.Add(hash, node);
            }
            else
            {
                node = _newestFirst.Last!;
                _newestFirst.Remove(node);
                _byHash.Remove(node.Value.Hash);
                node.Value = new PrefixExport(hash, owner);
                _byHash.Add(hash, node);
            }

            _newestFirst.AddFirst(node);
        }
    }

    /// <summary>All that a clock can have seen by now, newest first.</summary>
    public List<PrefixExport> Current(DateTimeOffset now)
    {
        lock (_lock)
        {
            return [.. _newestFirst.Where(prefix => IsPossible(prefix.Owner, now))];
        }
    }

    /// <summary>Whether it is not ahead of the clock, which would make it the newest until its time has come.</summary>
    public static bool IsPossible(in PrefixOwner owner, DateTimeOffset now) => owner.At - now <= TimeSlice.MaxClockDifference;

    /// <summary>The one that counts of two owners of a prefix; the same whichever comes first.</summary>
    public static PrefixOwner Newer(in PrefixOwner left, in PrefixOwner right, DateTimeOffset now)
    {
        if (!IsPossible(left, now) || !IsPossible(right, now))
        {
            return IsPossible(right, now) ? right : left;
        }

        int order = left.At.CompareTo(right.At);
        return (order == 0 ? string.CompareOrdinal(left.Model, right.Model) : order) >= 0 ? left : right;
    }
}
