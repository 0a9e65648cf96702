namespace Gateway.Budgets;

/// <summary>
/// What a gateway holds in Redis for requests to come under one set of limits, so that they need not ask there. What Redis holds is at every moment what is
/// available here and what is taken by requests under way, together. A request takes what it may cost, and gives it back but for what it did cost, which its
/// settlement turns from held into spent. Where the two may differ, because steps are under way, Redis holds more. Safe for concurrent use.
/// </summary>
/// <param name="partition">Whose limits they are.</param>
/// <param name="limits">One for each limit; what they hold does not matter.</param>
/// <param name="epoch">That of the store when it was made: in another one, Redis may not hold what it said.</param>
internal sealed class BudgetFloat(string partition, IReadOnlyList<Charge> limits, int epoch)
{
    /// <summary>After how many requests, none two seconds after another, it is worth while: many a set of limits sees only one or two, such as a workflow's.</summary>
    private const int FewRequests = 3;

    /// <summary>For how many requests it holds at first.</summary>
    private const int LeastRequests = 8;

    private const int MostRequests = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long[]> _taken = new(StringComparer.Ordinal);
    private readonly long[] _available = new long[limits.Count];
    private readonly long[] _largest = new long[limits.Count];
    private readonly long[] _spent = new long[limits.Count];
    private readonly long[] _held = new long[limits.Count];
    private readonly long[] _own = new long[limits.Count];
    private int _requests = LeastRequests;
    private double _target;
    private int _paying;
    private int _peak;
    private bool _isToppingUp;
    private bool _isRetired;
    private int _missed;
    private bool _isUsed;
    private bool _isHeld;
    private bool _mayBeHeld;
    private long _until;

    /// <summary>Of what holds it in the store.</summary>
    public string Id { get; } = $"float:{Guid.NewGuid():N}";

    public string Partition => partition;

    public bool IsRetired
    {
        get
        {
            lock (_lock)
            {
                return _isRetired;
            }
        }
    }

    /// <summary>Takes what a request may cost.</summary>
    /// <param name="now">Timestamp.</param>
    /// <param name="currentEpoch">That of the store now.</param>
    /// <returns>How the counters stand, as far as is known here; null when there is too little, or nothing to rely on.</returns>
    public CounterState[]? TryTake(string request, IReadOnlyList<Charge> charges, long now, int currentEpoch)
    {
        lock (_lock)
        {
            _isUsed = true;
            _isRetired |= currentEpoch != epoch;
            for (int i = 0; i < charges.Count; i++)
            {
                _largest[i] = Math.Max(_largest[i], charges[i].Hold);
            }

            if (_isRetired || now >= _until || _taken.ContainsKey(request) || !Fits_NeedsLock(charges, null))
            {
                _missed++;
                return null;
            }

            var holds = new long[charges.Count];
            Move_NeedsLock(charges, holds);
            _taken[request] = holds;
            _peak = Math.Max(_peak, _taken.Count);
            return States_NeedsLock(charges);
        }
    }

    /// <summary>Has a request take more: of each amount the larger.</summary>
    /// <returns>Null when there is too little; it has what it had.</returns>
    public ReserveResult? TryRaise(string request, IReadOnlyList<Charge> charges, long now, int currentEpoch)
    {
        lock (_lock)
        {
            if (_isRetired || currentEpoch != epoch || now >= _until || !_taken.TryGetValue(request, out long[]? holds) || !Fits_NeedsLock(charges, holds))
            {
                return null;
            }

            bool isMore = Move_NeedsLock(charges, holds);
            var states = States_NeedsLock(charges);
            return isMore ? new ReserveResult.Reserved(states) : new ReserveResult.AlreadyHeld(states);
        }
    }

    /// <summary>The settlement of a request is about to be sent: what it took is available again but for what it cost.</summary>
    /// <param name="amounts">What it cost, in the order of the limits.</param>
    public void Pay(string request, IReadOnlyList<Actual> amounts)
    {
        lock (_lock)
        {
            _paying++;
            _taken.Remove(request, out long[]? holds);
            for (int i = 0; i < amounts.Count; i++)
            {
                // Less than nothing when it cost more than all that is held, which is spent beyond it; what is added next makes up for that.
                _own[i] -= amounts[i].Amount;
                _available[i] += (holds?[i] ?? 0) - amounts[i].Amount;
            }
        }
    }

    /// <summary>A settlement is done.</summary>
    /// <param name="refunded">What was not paid after all, because the request had been settled before; null when it was.</param>
    public void Paid(IReadOnlyList<Actual>? refunded)
    {
        lock (_lock)
        {
            _paying--;
            for (int i = 0; i < refunded?.Count; i++)
            {
                _own[i] += refunded[i].Amount;
                _available[i] += refunded[i].Amount;
            }
        }
    }

    /// <summary>A request goes without having cost anything here.</summary>
    public void GiveBack(string request)
    {
        lock (_lock)
        {
            if (_taken.Remove(request, out long[]? holds))
            {
                for (int i = 0; i < holds.Length; i++)
                {
                    _available[i] += holds[i];
                }
            }
        }
    }

    /// <summary>A request is still to be paid: its settlement did not get through.</summary>
    public void Keep(string request)
    {
        lock (_lock)
        {
            _paying--;
            _taken[request] = new long[limits.Count];
        }
    }

    /// <summary>What is spent on the counters now.</summary>
    public void Learn(IReadOnlyList<LedgerCharge> charges)
    {
        lock (_lock)
        {
            for (int i = 0; i < charges.Count; i++)
            {
                _spent[i] = Math.Max(_spent[i], charges[i].Total);
            }
        }
    }

    /// <summary>How the counters stand in the store, as of an answer of it.</summary>
    public void Learn(IReadOnlyList<CounterState> states)
    {
        lock (_lock)
        {
            for (int i = 0; i < states.Count; i++)
            {
                (_spent[i], _held[i]) = (states[i].Spent, states[i].Held);
            }
        }
    }

    /// <summary>
    /// What to add, when it runs low or its lease does: for each limit what is missing to hold as many of the largest requests as there may be at once, and no
    /// more of a hard limit than its share. Whoever is told must end it by <see cref="ToppedUp"/>.
    /// </summary>
    /// <param name="share">The most of what a hard limit leaves, as a fraction of 1.</param>
    /// <param name="lease">For how long the store holds it from now on.</param>
    /// <returns>Null when there is nothing to be done, or nothing can be.</returns>
    public Charge[]? TopUp(double share, long now, long lease, int currentEpoch)
    {
        lock (_lock)
        {
            bool isLow = _missed > 0 || now >= _until - (lease / 2);
            for (int i = 0; i < limits.Count && !isLow; i++)
            {
                isLow = _available[i] < _largest[i] * _target / 4;
            }

            if (!isLow || _isRetired || _isToppingUp || currentEpoch != epoch || (!_isHeld && _missed < FewRequests))
            {
                return null;
            }

            if (_isHeld && now >= _until)
            {
                // The store may have taken it back.
                _isRetired = true;
                return null;
            }

            if (_isHeld && _taken.Count >= _target / 2)
            {
                _requests = Math.Min(_requests * 2, MostRequests);
            }

            double requests = _requests;
            for (int i = 0; i < limits.Count; i++)
            {
                if (limits[i].IsHard && _largest[i] > 0)
                {
                    double left = Math.Max(0, limits[i].LimitAmount - (double)_spent[i] - _held[i] + _own[i]);
                    requests = Math.Min(requests, left * share / _largest[i]);
                }
            }

            (_missed, _target) = (0, requests);
            if (requests < 2)
            {
                return null;
            }

            bool isMore = !_isHeld || now >= _until - (lease / 2);
            var charges = new Charge[limits.Count];
            for (int i = 0; i < charges.Length; i++)
            {
                charges[i] = limits[i] with { Hold = Math.Max(0, (long)(_largest[i] * requests) - _own[i]) };
                isMore |= charges[i].Hold > 0;
            }

            (_isToppingUp, _mayBeHeld) = (isMore, _mayBeHeld || isMore);
            return isMore ? charges : null;
        }
    }

    /// <summary>The store holds what <see cref="TopUp"/> said; or does not, or nobody knows.</summary>
    /// <param name="until">Timestamp until which it can be relied on.</param>
    /// <param name="states">How the counters stand; null unless it does.</param>
    public void ToppedUp(Charge[] added, long until, IReadOnlyList<CounterState>? states)
    {
        lock (_lock)
        {
            _isToppingUp = false;
            if (states is null)
            {
                return;
            }

            (_isHeld, _until) = (true, until);
            for (int i = 0; i < added.Length; i++)
            {
                _own[i] += added[i].Hold;
                _available[i] += added[i].Hold;
                (_spent[i], _held[i]) = (states[i].Spent, states[i].Held);
            }
        }
    }

    /// <summary>Whether the store is known to hold it.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return _isHeld;
            }
        }
    }

    /// <summary>Whether the store may hold something of it.</summary>
    public bool MayBeHeld
    {
        get
        {
            lock (_lock)
            {
                return _mayBeHeld;
            }
        }
    }

    /// <summary>The store holds it for longer.</summary>
    public void Extended(long until)
    {
        lock (_lock)
        {
            _until = Math.Max(_until, until);
        }
    }

    /// <summary>Nothing is to be taken from it any more: what the store holds of it is not known, or it is not needed.</summary>
    public void Retire()
    {
        lock (_lock)
        {
            _isRetired = true;
        }
    }

    /// <summary>Looks back at the time since it was last asked.</summary>
    /// <returns>Whether nobody has anything of it and it can go: it is retired, or was not used.</returns>
    public bool Rest()
    {
        lock (_lock)
        {
            if (_taken.Count > 0 || _paying > 0 || _isToppingUp)
            {
                (_requests, _peak) = (Math.Max(LeastRequests, _peak < _requests / 4 ? _requests / 2 : _requests), _taken.Count);
                return false;
            }

            _isRetired |= !_isUsed;
            (_isUsed, _peak) = (false, 0);
            return _isRetired;
        }
    }

    private bool Fits_NeedsLock(IReadOnlyList<Charge> charges, long[]? holds)
    {
        for (int i = 0; i < charges.Count; i++)
        {
            if (Math.Max(0, charges[i].Hold - (holds?[i] ?? 0)) > _available[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <returns>Whether there was anything to move.</returns>
    private bool Move_NeedsLock(IReadOnlyList<Charge> charges, long[] holds)
    {
        bool isMore = false;
        for (int i = 0; i < holds.Length; i++)
        {
            long more = Math.Max(0, charges[i].Hold - holds[i]);
            holds[i] += more;
            _available[i] -= more;
            isMore |= more > 0;
        }

        return isMore;
    }

    private CounterState[] States_NeedsLock(IReadOnlyList<Charge> charges)
    {
        var states = new CounterState[charges.Count];
        for (int i = 0; i < states.Length; i++)
        {
            // Others hold what the store said but for what is held here, of which only what is taken counts.
            states[i] = new CounterState(charges[i].Counter, _spent[i], Math.Max(0, _held[i] - Math.Max(0, _available[i])));
        }

        return states;
    }
}
