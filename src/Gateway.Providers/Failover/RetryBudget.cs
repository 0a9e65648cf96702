using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>
/// Bounds second calls over the whole gateway (Finagle's retry budget): each request earns a share of a call, and a few per second are
/// always there. Safe for concurrent use.
/// </summary>
public sealed class RetryBudget(TimeProvider time)
{
    /// <summary>Calls that may be saved up from requests.</summary>
    private const double MaxEarned = 100;

    private readonly Lock _lock = new();
    private double _earned;
    private double _floor = double.MaxValue;
    private long _refilledAt = time.GetTimestamp();

    /// <summary>A request has come.</summary>
    public void Earn(RetryBudgetPolicy policy)
    {
        lock (_lock)
        {
            _earned = Math.Min(_earned + policy.Share, MaxEarned);
        }
    }

    /// <summary>Takes one call out of the budget; false when there is none left.</summary>
    public bool TrySpend(RetryBudgetPolicy policy)
    {
        lock (_lock)
        {
            Refill_NeedsLock(policy);
            if (_floor >= 1)
            {
                _floor--;
                return true;
            }

            if (_earned >= 1)
            {
                _earned--;
                return true;
            }

            return false;
        }
    }

    /// <summary>Up to one second's worth, and at least one call if there is to be any.</summary>
    private void Refill_NeedsLock(RetryBudgetPolicy policy)
    {
        var now = time.GetTimestamp();
        var cap = policy.PerSecond > 0 ? Math.Max(1, policy.PerSecond) : 0;
        _floor = Math.Min(_floor + (time.GetElapsedTime(_refilledAt, now).TotalSeconds * policy.PerSecond), cap);
        _refilledAt = now;
    }
}
