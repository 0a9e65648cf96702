namespace Gateway.Budgets;

/// <summary>
/// The counters and holds of this process. They need not outlive it: what a dead process held, nobody will settle. Not safe for concurrent use.
/// </summary>
/// <param name="load">Reads a counter from the file.</param>
internal sealed class HoldBook(Func<CounterKey, Counter> load, TimeProvider time)
{
    private readonly Dictionary<CounterKey, Counter> _counters = [];
    private readonly Dictionary<RequestKey, Hold> _holds = [];

    /// <summary>By the ends of their leases. An entry is void when its hold is gone, is being settled or was extended.</summary>
    private readonly PriorityQueue<Hold, long> _leases = new();

    public IEnumerable<string> Partitions => _holds.Keys.Select(request => request.Partition);

    public Counter Counter(CounterKey key)
    {
        if (!_counters.TryGetValue(key, out var counter))
        {
            counter = load(key);
            _counters.Add(key, counter);
        }
        else if (counter.IsStale)
        {
            var fresh = load(key);
            counter.SetSpent(fresh.Spent, fresh.DroppedAt);
        }

        if (time.GetUtcNow().ToUnixTimeMilliseconds() >= counter.DroppedAt)
        {
            counter.SetSpent(0, Gateway.Budgets.Counter.Never);
        }

        return counter;
    }

    /// <summary>The request's hold, if its lease is not over.</summary>
    public Hold? Find(RequestKey request) => _holds.TryGetValue(request, out var hold) && IsLive(hold) ? hold : null;

    public void Add(Hold hold, TimeSpan lease)
    {
        foreach (var (counter, amount) in hold.Parts)
        {
            counter.Held += amount;
        }

        _holds.Add(hold.Request, hold);
        Extend(hold, lease);
    }

    /// <summary>Has a request hold more, and begins its lease anew.</summary>
    public void Raise(Hold hold, IReadOnlyList<(Counter Counter, long Amount)> more, TimeSpan lease)
    {
        foreach (var (counter, amount) in more)
        {
            counter.Held += amount;
            hold.Add(counter, amount);
        }

        Extend(hold, lease);
    }

    /// <summary>Lets the hold last longer, never shorter.</summary>
    public void Extend(Hold hold, TimeSpan lease)
    {
        hold.End = Math.Max(hold.End, time.GetTimestamp() + (long)(lease.TotalSeconds * time.TimestampFrequency));
        _leases.Enqueue(hold, hold.End);
    }

    /// <summary>Lets a hold run out again whose settlement failed.</summary>
    public void Unpin(Hold hold)
    {
        if (hold.IsSettling)
        {
            hold.IsSettling = false;
            _leases.Enqueue(hold, hold.End);
        }
    }

    /// <summary>Takes back what the request holds, if anything.</summary>
    public void Release(RequestKey request)
    {
        if (_holds.Remove(request, out var hold))
        {
            foreach (var (counter, amount) in hold.Parts)
            {
                counter.Held -= amount;
            }
        }
    }

    /// <summary>Takes back all holds whose leases are over.</summary>
    public IReadOnlyList<Hold> Sweep()
    {
        List<Hold> expired = [];
        long now = time.GetTimestamp();
        while (_leases.TryPeek(out var hold, out long end) && end <= now)
        {
            _leases.Dequeue();
            if (_holds.GetValueOrDefault(hold.Request) == hold && !IsLive(hold))
            {
                Release(hold.Request);
                expired.Add(hold);
            }
        }

        return expired;
    }

    /// <summary>Forgets what the file knows as well.</summary>
    public void Trim()
    {
        foreach (var (key, _) in _counters.Where(entry => entry.Value.IsIdle).ToList())
        {
            _counters.Remove(key);
        }
    }

    private bool IsLive(Hold hold) => hold.IsSettling || hold.End > time.GetTimestamp();
}
