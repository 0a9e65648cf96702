using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>
/// How limits stood when this process last heard of them. Nobody is refused by it: it is for the brown-out and the metrics. Safe for concurrent use.
/// </summary>
public sealed class SpendingBoard(TimeProvider time) : IBudgetObserver
{
    /// <summary>Counters that are remembered; beyond it new ones are not, until windows have ended.</summary>
    private const int MaxCounters = 10_000;

    private readonly ConcurrentDictionary<(string Partition, string Limit, string Scope), LimitUse> _uses = new();

    /// <summary>Those whose windows are not over, by the organisation.</summary>
    public IEnumerable<(string Partition, LimitUse Use)> Current
    {
        get
        {
            var now = time.GetUtcNow();
            foreach (var (key, use) in _uses)
            {
                if (use.Window.End > now)
                {
                    yield return (key.Partition, use);
                }
                else
                {
                    _uses.TryRemove(new(key, use));
                }
            }
        }
    }

    public void Reserved(string partition, IReadOnlyList<LimitUse> limits) => Note(partition, limits);

    public void Settled(string partition, LedgerEntry entry, IReadOnlyList<LimitUse> limits) => Note(partition, limits);

    /// <summary>How far the gateway is into its brown-out for a caller under these limits, 0 to 1: by the hard one that is used up most.</summary>
    public double PressureUnder(FailoverPolicy policy, string partition, ImmutableArray<AppliedLimit> limits)
    {
        if (limits.IsEmpty || policy.BrownOut is not { BudgetUsed: { } used })
        {
            return 0;
        }

        double pressure = 0;
        foreach (var applied in limits)
        {
            if (applied.Limit is { IsHard: true, Measure: not BudgetMeasure.Concurrency } && TryFind(partition, applied, out var use))
            {
                pressure = Math.Max(pressure, used.PressureAt((double)(use.Spent + use.Held) / applied.Limit.Amount));
            }
        }

        return pressure;
    }

    private bool TryFind(string partition, AppliedLimit applied, [MaybeNullWhen(false)] out LimitUse use) =>
        _uses.TryGetValue((partition, applied.Limit.Name, applied.ScopeValue), out use) && use.Window.End > time.GetUtcNow();

    private void Note(string partition, IReadOnlyList<LimitUse> limits)
    {
        foreach (var use in limits)
        {
            var key = (partition, use.Applied.Limit.Name, use.Applied.ScopeValue);

            // In this order: to count them takes all of the table's locks.
            if (use.Applied.Limit.Name != WorkflowLimit.Name && (_uses.ContainsKey(key) || _uses.Count < MaxCounters))
            {
                _uses[key] = use;
            }
        }
    }
}
