using System.Collections.Concurrent;
using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>The windows of the moment, worked out once each. Safe for concurrent use.</summary>
public sealed class BudgetWindows
{
    /// <summary>By period, zone and fiscal calendar: as few as a policy has different ones.</summary>
    private readonly ConcurrentDictionary<(BudgetPeriod, string, FiscalCalendar?), BudgetWindow> _current = new();

    /// <inheritdoc cref="BudgetCalendar.WindowAt(BudgetLimit, FiscalCalendar?, DateTimeOffset)"/>
    public BudgetWindow WindowAt(BudgetLimit limit, FiscalCalendar? fiscal, DateTimeOffset instant)
    {
        if (limit.Period == BudgetPeriod.Lifetime)
        {
            return BudgetWindow.Lifetime;
        }

        var key = (limit.Period, limit.TimeZone.Id, limit.Period == BudgetPeriod.FiscalMonth ? fiscal : null);
        if (_current.TryGetValue(key, out var known) && known.Start <= instant && instant < known.End)
        {
            return known;
        }

        return _current[key] = BudgetCalendar.WindowAt(limit, fiscal, instant);
    }
}
