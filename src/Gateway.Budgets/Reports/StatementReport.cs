using System.Collections.Immutable;
using static Gateway.Budgets.Reports.ReportTable;

namespace Gateway.Budgets.Reports;

/// <summary>A month's statement for one team, as finance hands it out.</summary>
public static class StatementReport
{
    private static readonly ImmutableArray<SpendDimension> By =
        [SpendDimension.Project, SpendDimension.Provider, SpendDimension.Model, SpendDimension.PriceVersion];

    /// <param name="month">A calendar or fiscal month.</param>
    /// <param name="scope">With a team.</param>
    public static async Task<ReportTable> RunAsync(
        LedgerQueries queries, ReportPeriod month, ReportScope scope, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var rows = await queries.SpendAsync([month], By, scope, cancellationToken);
        var total = await queries.TotalAsync(month, scope, cancellationToken);
        var before = await queries.TotalAsync(month.MonthOfStart().Before(1).MonthOfStart(), scope, cancellationToken);
        return new ReportTable
        {
            Name = "statement",
            Facts =
            [
                .. FactsOf(month, scope),
                new("requests", total.Requests, ReportKind.Count),
                new("total_usd", total.Cost, ReportKind.Money),
                new("calendar_month_before_usd", before.Cost, ReportKind.Money),
            ],
            Columns = [.. By.Select(dimension => Text(dimension.Name)), .. SpendReport.SumColumns],
            Rows = SpendReport.InOrder(rows).Select(row => (IReadOnlyList<object?>)[.. row.Keys, .. SpendReport.Values(row.Sum)]).ToAsyncEnumerable(),
            Total = [.. By.Select(_ => (object?)null), .. SpendReport.Values(total)],
            Notes = [.. Notes(month, total, now)],
        };
    }

    private static IEnumerable<string> Notes(ReportPeriod month, SpendSum total, DateTimeOffset now)
    {
        yield return "Costs are added up in nano-dollars. On a table each figure is rounded to the cent by itself, half a cent up; the total is not the "
            + "sum of rounded lines.";
        if (now < month.End)
        {
            yield return "The month is not over: this is what was spent so far.";
        }

        if (total.EstimatedCost > 0)
        {
            yield return $"{Usd.Exact(total.EstimatedCost)} USD are by tokens that the gateway counted, since the provider reported none.";
        }

        if (total.HoldCost > 0)
        {
            yield return $"{Usd.Exact(total.HoldCost)} USD are the most that requests could have cost, since their prices are not known.";
        }
    }
}
