using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>
/// What this process let through by itself while the store did not answer, until the store has it: by counter, at most the grace of its
/// limit. Safe for concurrent use.
/// </summary>
internal sealed class GraceBook
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CounterKey, long> _taken = [];

    /// <summary>Takes what the request is to hold out of the allowances, in place of what it had taken, or nothing.</summary>
    /// <returns>The charge that does not fit; null when all did.</returns>
    public LimitCharge? TryTake(RequestHold hold, ImmutableArray<LimitCharge> charges)
    {
        lock (_lock)
        {
            for (int i = 0; i < charges.Length; i++)
            {
                var (charge, before) = (charges[i], hold.Grace.IsEmpty ? 0 : hold.Grace[i]);
                bool isTooMuch = charge.Limit.IsHard && charge.Hold > before
                    && _taken.GetValueOrDefault(KeyOf(hold, charge)) - before + charge.Hold > charge.Limit.GraceAmount;
                if (isTooMuch || charge.Limit.OnStoreDown == StoreDownAction.Deny)
                {
                    return charge;
                }
            }

            Set_NeedsLock(hold, [.. charges.Select(charge => charge.Hold)]);
            return null;
        }
    }

    /// <summary>What was held is known now, and the store does not have it yet.</summary>
    public void Correct(RequestHold hold, IReadOnlyList<Actual> actuals)
    {
        lock (_lock)
        {
            if (!hold.Grace.IsEmpty)
            {
                Set_NeedsLock(hold, [.. actuals.Select(actual => actual.Amount)]);
            }
        }
    }

    /// <summary>The store has it, or nobody ever will.</summary>
    public void Return(RequestHold hold)
    {
        lock (_lock)
        {
            Set_NeedsLock(hold, []);
        }
    }

    private static CounterKey KeyOf(RequestHold hold, LimitCharge charge) => new(hold.Reservation.Partition, charge.Counter);

    private void Set_NeedsLock(RequestHold hold, ImmutableArray<long> amounts)
    {
        for (int i = 0; i < hold.Charges.Length; i++)
        {
            long more = (amounts.IsEmpty ? 0 : amounts[i]) - (hold.Grace.IsEmpty ? 0 : hold.Grace[i]);
            var key = KeyOf(hold, hold.Charges[i]);
            long taken = _taken.GetValueOrDefault(key) + more;
            if (taken > 0)
            {
                _taken[key] = taken;
            }
            else
            {
                _taken.Remove(key);
            }
        }

        hold.Grace = amounts;
    }
}
