namespace Gateway.Engine.Scheduling;

/// <summary>
/// The sequences that wait, and who of them is next. Between ranks: the highest, but when <see cref="MaxPassedOver"/> admissions have
/// passed a lower one over it has its turn. Within a rank: the tenant that was served least (the virtual token counter of Sheng et al.,
/// "Fairness in Serving Large Language Models", OSDI 2024, arXiv:2401.00588), and of its sequences the oldest.
/// </summary>
/// <remarks>
/// However many requests one tenant has queued, another one's first is next once it was served no more than the others; and while
/// anybody waits somebody is next, so no capacity is left idle for fairness' sake. Not safe for concurrent use.
/// </remarks>
internal sealed class FairQueue<TSequence>
    where TSequence : Sequence
{
    /// <summary>Admissions of higher ranks in a row that a waiting rank lets pass.</summary>
    public const int MaxPassedOver = 16;

    private const int FirstSweep = 64;

    private static readonly int Ranks = Enum.GetValues<SchedulingPriority>().Length;

    private readonly Dictionary<string, TenantAccount> _accounts = [];

    // In the order of arrival.
    private readonly List<TSequence>[] _byRank = [.. Enumerable.Range(0, Ranks).Select(_ => new List<TSequence>())];
    private readonly int[] _passedOver = new int[Ranks];
    private long _lastService;
    private int _sweepAt = FirstSweep;

    public int Count { get; private set; }

    /// <summary>Tenants whose service is counted, present or not.</summary>
    public int TenantCount => _accounts.Count;

    public IEnumerable<TSequence> Sequences => _byRank.SelectMany(waiting => waiting);

    /// <summary>A new sequence waits; its tenant's service is counted from here on, until it <see cref="Leave"/>s.</summary>
    public void Join(TSequence sequence)
    {
        var account = AccountOf(sequence.Tenant);
        sequence.Account = account;
        account.Present++;
        if (account.Waiting == 0)
        {
            account.RaiseTo(Floor());
        }

        Add(sequence);
    }

    /// <summary>A sequence that runs must wait again.</summary>
    public void Return(TSequence sequence) => Add(sequence);

    /// <summary>A sequence that neither waits nor runs any more.</summary>
    public void Leave(TSequence sequence)
    {
        if (--sequence.Account!.Present == 0 && _accounts.Values.All(account => account.Present == 0))
        {
            // An idle engine owes nobody anything.
            _accounts.Clear();
            _lastService = 0;
        }
    }

    /// <summary>
    /// The sequence whose place a newcomer may have: of the tenant with the most waiting, when that is more than the newcomer's would have
    /// then, the last one of the lowest rank. One that was admitted before keeps its place. Null when there is none.
    /// </summary>
    public TSequence? FindDisplaceable(TSequence newcomer)
    {
        var most = 1 + (_accounts.TryGetValue(newcomer.Tenant, out var own) ? own.Waiting : 0);
        TSequence? found = null;
        foreach (var sequence in Sequences)
        {
            var waiting = sequence.Account!.Waiting;
            if (!sequence.WasAdmitted && (waiting > most || (waiting == most && sequence.Rank == found?.Rank && sequence.Arrival > found.Arrival)))
            {
                (most, found) = (waiting, sequence);
            }
        }

        return found;
    }

    /// <summary>Takes out a sequence that gave up; false when it does not wait.</summary>
    public bool Remove(TSequence sequence)
    {
        if (!_byRank[(int)sequence.Rank].Remove(sequence))
        {
            return false;
        }

        sequence.Account!.Waiting--;
        Count--;
        return true;
    }

    /// <summary>Who is to be admitted next; null when nobody waits.</summary>
    public TSequence? Next()
    {
        TSequence? next = null;
        foreach (var sequence in _byRank[NextRank()])
        {
            if (next is null || sequence.Account!.Service < next.Account!.Service)
            {
                next = sequence;
            }
        }

        return next;
    }

    /// <summary>The next one is admitted.</summary>
    public void Take(TSequence next)
    {
        Remove(next);
        _lastService = next.Account!.Service;
        var rank = (int)next.Rank;
        _passedOver[rank] = 0;
        for (var lower = 0; lower < rank; lower++)
        {
            _passedOver[lower] = _byRank[lower].Count > 0 ? _passedOver[lower] + 1 : 0;
        }
    }

    private int NextRank()
    {
        for (var rank = 0; rank < Ranks; rank++)
        {
            if (_byRank[rank].Count > 0 && _passedOver[rank] >= MaxPassedOver)
            {
                return rank;
            }
        }

        var highest = Ranks - 1;
        while (highest > 0 && _byRank[highest].Count == 0)
        {
            highest--;
        }

        return highest;
    }

    private void Add(TSequence sequence)
    {
        var waiting = _byRank[(int)sequence.Rank];
        var place = waiting.Count;
        while (place > 0 && waiting[place - 1].Arrival > sequence.Arrival)
        {
            place--;
        }

        waiting.Insert(place, sequence);
        sequence.Account!.Waiting++;
        Count++;
    }

    /// <summary>What a tenant has at least that had nothing waiting: as much as the least served one that waits, or as the last one served.</summary>
    private long Floor()
    {
        long? least = null;
        foreach (var account in _accounts.Values)
        {
            if (account.Waiting > 0)
            {
                least = Math.Min(least ?? long.MaxValue, account.Service);
            }
        }

        return least ?? _lastService;
    }

    private TenantAccount AccountOf(string tenant)
    {
        if (!_accounts.TryGetValue(tenant, out var account))
        {
            if (_accounts.Count >= _sweepAt)
            {
                Sweep();
            }

            _accounts.Add(tenant, account = new TenantAccount());
        }

        return account;
    }

    /// <summary>Forgets tenants that are away and would be raised to the floor anyway, so that names that come once do not pile up.</summary>
    private void Sweep()
    {
        var floor = Floor();
        foreach (var (tenant, _) in _accounts.Where(entry => entry.Value.Present == 0 && entry.Value.Service <= floor).ToList())
        {
            _accounts.Remove(tenant);
        }

        _sweepAt = Math.Max(FirstSweep, 2 * _accounts.Count);
    }
}
