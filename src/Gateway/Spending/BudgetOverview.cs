using Gateway.Budgets;
using Gateway.Keys;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>
/// How every limit stands now, read from the store: for whoever a limit names, or, where it counts each for himself, for all whom the keys
/// name and for those whose requests this gateway has seen.
/// </summary>
/// <param name="store">Null when the gateway keeps no budgets.</param>
internal sealed class BudgetOverview(
    PolicyStore policies, ManagedKeys keys, SpendingBoard board, BudgetWindows windows, TimeProvider time, IBudgetStore? store = null)
{
    /// <summary>In the order of budgets.yaml, then by organisation and scope.</summary>
    /// <exception cref="BudgetStoreException">The store does not answer.</exception>
    public async Task<IReadOnlyList<BudgetReport>> ReadAsync(CancellationToken cancellationToken)
    {
        var budgets = policies.Current.Budgets;
        var now = time.GetUtcNow();
        var counted = Applied(budgets).Distinct().ToList();
        if (counted.Count == 0)
        {
            return [];
        }

        if (store is null)
        {
            throw new BudgetStoreException(mayBeDone: false, "Budgets:Store is none");
        }

        List<BudgetReport> reports = [];
        foreach (var partition in counted.GroupBy(entry => entry.Partition, entry => entry.Applied, StringComparer.Ordinal))
        {
            var charges = partition.Select(applied => new LimitCharge(applied, windows.WindowAt(applied.Limit, budgets.FiscalCalendar, now), Hold: 0)).ToList();
            var states = await store.ReadAsync(partition.Key, [.. charges.Select(charge => charge.Counter)], cancellationToken);
            reports.AddRange(charges.Zip(states, (charge, state) => BudgetReport.Of(partition.Key, charge, state)));
        }

        var order = budgets.Limits.Select((limit, index) => (limit.Name, index)).ToDictionary(pair => pair.Name, pair => pair.index, StringComparer.Ordinal);
        return
        [
            .. reports.OrderBy(report => order[report.Limit])
                .ThenBy(report => report.Organization, StringComparer.Ordinal)
                .ThenBy(report => report.ScopeValue, StringComparer.Ordinal),
        ];
    }

    private IEnumerable<(string Partition, AppliedLimit Applied)> Applied(BudgetPolicy budgets)
    {
        var callers = policies.Current.Keys.All.Concat(keys.All.Select(key => key.Holder)).Select(Caller)
            .Append(new BudgetCaller { Organization = BudgetCaller.DefaultOrganization });
        List<(string Partition, AppliedLimit Applied)> known =
        [
            .. callers.SelectMany(caller => budgets.LimitsFor(caller).Select(applied => (caller.Organization!, applied))),
            .. board.Current.Where(entry => budgets.Limits.Contains(entry.Use.Applied.Limit)).Select(entry => (entry.Partition, entry.Use.Applied)),
        ];

        // A limit for somebody who never asked is a limit all the same.
        var unseen = budgets.Limits
            .Where(limit => limit.ScopeValue is not null && known.All(entry => entry.Applied.Limit != limit))
            .Select(limit => (
                limit.ScopeKind == BudgetScopeKind.Organization ? limit.ScopeValue! : BudgetCaller.DefaultOrganization,
                new AppliedLimit(limit, limit.ScopeValue!)));
        return known.Concat(unseen);
    }

    private static BudgetCaller Caller(VirtualKey key) => new()
    {
        Organization = key.Organization ?? BudgetCaller.DefaultOrganization,
        Team = key.Team,
        Project = key.Project,
        Key = key.Id,
        User = key.User,
    };
}
