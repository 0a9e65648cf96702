using System.Diagnostics.Metrics;
using Gateway.Budgets.Sql;
using Gateway.Observability;
using Gateway.Observability.Catalogue;

namespace Gateway.Ledgers;

/// <summary>Counts what goes into the SQL ledger and what fails on the way.</summary>
internal sealed class LedgerMetrics(GatewayMeter meter)
{
    private readonly Counter<long> _records = meter.Counter<long>(MetricCatalogue.LedgerRecords);
    private readonly Counter<long> _errors = meter.Counter<long>(MetricCatalogue.LedgerErrors);

    public static void Register(GatewayMeter meter, LedgerState state)
    {
        meter.Observe(MetricCatalogue.LedgerBacklog, () => state.Backlog is { } backlog ? [new Measurement<double>(backlog.Records)] : []);
        meter.Observe(MetricCatalogue.LedgerLag, () => state.Backlog is { } backlog ? [new Measurement<double>(backlog.Age.TotalSeconds)] : []);
    }

    public void Appended(AppendResult result)
    {
        Count(result.Added, "added");
        Count(result.Known, "known");
        Count(result.Rejected.Count, "rejected");
    }

    public void Failed() => _errors.Add(1);

    private void Count(int records, string outcome)
    {
        if (records > 0)
        {
            _records.Add(records, new KeyValuePair<string, object?>(MetricLabel.Outcome, outcome));
        }
    }
}
