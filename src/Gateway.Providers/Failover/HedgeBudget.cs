using System.Collections.Concurrent;
using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>Keeps second attempts against slow first tokens to their share of each route's requests. Safe for concurrent use.</summary>
public sealed class HedgeBudget
{
    /// <summary>Hedges that may be saved up, so that a burst of slow answers can be met.</summary>
    private const double MaxSaved = 10;

    private readonly ConcurrentDictionary<string, Account> _routes = new(StringComparer.Ordinal);

    /// <summary>A request has come.</summary>
    public void Earn(string route, HedgePolicy policy) => _routes.GetOrAdd(route, static _ => new Account()).Add(policy.MaxShare);

    /// <summary>Takes one hedge out of the route's budget; false when there is none left.</summary>
    public bool TrySpend(string route) => _routes.TryGetValue(route, out var account) && account.TryTake();

    private sealed class Account
    {
        private readonly Lock _lock = new();
        private double _saved;

        public void Add(double share)
        {
            lock (_lock)
            {
                _saved = Math.Min(_saved + share, MaxSaved);
            }
        }

        public bool TryTake()
        {
            lock (_lock)
            {
                if (_saved < 1)
                {
                    return false;
                }

                _saved--;
                return true;
            }
        }
    }
}
