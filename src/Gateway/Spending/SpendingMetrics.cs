using System.Diagnostics.Metrics;
using Gateway.Budgets;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>Shows how limits stand, and whether they are being counted.</summary>
public sealed class SpendingMetrics
{
    /// <summary>The value of the label <c>scope</c> for the one of several users or tags that has least left: each would be a series of its own.</summary>
    private const string Least = "least";

    private readonly Counter<long> _lost;
    private readonly Counter<long> _expired;

    /// <param name="guard">Null when the gateway keeps no budgets.</param>
    public SpendingMetrics(GatewayMeter meter, SpendingBoard board, BudgetGuard? guard = null)
    {
        _lost = meter.Counter<long>(MetricCatalogue.BudgetLost);
        _expired = meter.Counter<long>(MetricCatalogue.BudgetHoldsExpired);
        if (guard is null)
        {
            return;
        }

        _lost.Add(0);
        _expired.Add(0);
        meter.Observe(MetricCatalogue.BudgetRemaining, () => Remaining(board));
        meter.Observe(MetricCatalogue.BudgetStoreUp, () => guard.Problem is null ? 1 : 0);
        meter.Observe(MetricCatalogue.BudgetPending, () => guard.Pending);
        meter.Observe(MetricCatalogue.BudgetPendingAge, () => guard.PendingAge.TotalSeconds);
        meter.Observe(MetricCatalogue.BudgetHolds, () => guard.Open);
    }

    /// <summary>A request that ran is not in the ledger.</summary>
    public void Lost() => _lost.Add(1);

    /// <summary>Holds were given back because nobody settled them.</summary>
    public void Expired(int holds) => _expired.Add(holds);

    private static IEnumerable<Measurement<double>> Remaining(SpendingBoard board) => board.Current
        .Where(entry => entry.Use.Applied.Limit.Measure != BudgetMeasure.Concurrency)
        .GroupBy(entry => (entry.Use.Applied.Limit.Name, Scope: ScopeOf(entry.Use.Applied)))
        .Select(group => new Measurement<double>(
            group.Min(entry => 1 - ((double)(entry.Use.Spent + entry.Use.Held) / entry.Use.Applied.Limit.Amount)),
            new KeyValuePair<string, object?>(MetricLabel.Limit, group.Key.Name),
            new KeyValuePair<string, object?>(MetricLabel.Scope, group.Key.Scope)));

    private static string ScopeOf(AppliedLimit applied) =>
        applied.Limit is { ScopeValue: null, ScopeKind: BudgetScopeKind.User or BudgetScopeKind.Tag } ? Least : applied.ScopeValue;
}
