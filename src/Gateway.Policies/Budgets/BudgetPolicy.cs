using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>What <c>budgets.yaml</c> says, indexed so that a request finds its limits without looking at all of them.</summary>
public sealed class BudgetPolicy
{
    private readonly FrozenDictionary<(BudgetScopeKind, string?), ImmutableArray<int>> _byScope;

    /// <summary>Indexes limits that are already validated; <see cref="PolicyLoader"/> makes them from a file.</summary>
    /// <exception cref="ArgumentException">A limit is counted by fiscal months, and there is no fiscal calendar.</exception>
    public BudgetPolicy(ImmutableArray<BudgetLimit> limits, FiscalCalendar? fiscalCalendar = null, ImmutableArray<BudgetWebhook> webhooks = default)
    {
        if (fiscalCalendar is null && limits.FirstOrDefault(limit => limit.Period == BudgetPeriod.FiscalMonth) is { } limit)
        {
            throw new ArgumentException($"The limit '{limit.Name}' is per fiscal month, and there is no fiscal calendar.", nameof(fiscalCalendar));
        }

        Limits = limits;
        FiscalCalendar = fiscalCalendar;
        Webhooks = webhooks.IsDefault ? [] : webhooks;
        _byScope = Enumerable.Range(0, limits.Length)
            .GroupBy(index => (limits[index].ScopeKind, limits[index].ScopeValue))
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray());
    }

    /// <summary>Without the file: no limits.</summary>
    public static BudgetPolicy None { get; } = new([]);

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<BudgetLimit> Limits { get; }

    /// <summary>Null when the file names none; then no limit is counted by fiscal months.</summary>
    public FiscalCalendar? FiscalCalendar { get; }

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<BudgetWebhook> Webhooks { get; }

    /// <summary>The zone of limits that name none, and of reports. The default is UTC.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>
    /// The limits that the caller's requests fall under, in the order of the file, and for a limit of each tag in the ordinal order of the
    /// tags. A limit of each user, say, does not apply to a caller without one.
    /// </summary>
    public ImmutableArray<AppliedLimit> LimitsFor(BudgetCaller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (Limits.IsEmpty)
        {
            return [];
        }

        var found = new List<(int Index, string Value)>();
        Find(BudgetScopeKind.Organization, caller.Organization, found);
        Find(BudgetScopeKind.Team, caller.Team, found);
        Find(BudgetScopeKind.Project, caller.Project, found);
        Find(BudgetScopeKind.Key, caller.Key, found);
        Find(BudgetScopeKind.User, caller.User, found);
        foreach (var tag in caller.Tags.Distinct(StringComparer.Ordinal))
        {
            Find(BudgetScopeKind.Tag, tag, found);
        }

        found.Sort(static (left, right) =>
            left.Index != right.Index ? left.Index.CompareTo(right.Index) : string.CompareOrdinal(left.Value, right.Value));
        return [.. found.Select(entry => new AppliedLimit(Limits[entry.Index], entry.Value))];
    }

    private void Find(BudgetScopeKind kind, string? value, List<(int Index, string Value)> found)
    {
        if (value is null)
        {
            return;
        }

        foreach (var scope in (ReadOnlySpan<string?>)[value, null])
        {
            foreach (var index in _byScope.GetValueOrDefault((kind, scope), []))
            {
                found.Add((index, value));
            }
        }
    }
}
