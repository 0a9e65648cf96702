using System.Collections.Immutable;
using static Gateway.Budgets.Reports.ReportTable;

namespace Gateway.Budgets.Reports;

/// <summary>Whose spending changed most against as many days right before.</summary>
public static class MoversReport
{
    /// <param name="by">None of time.</param>
    /// <param name="top">How many to show, at least 1.</param>
    /// <exception cref="ReportException">It is grouped by time.</exception>
    public static async Task<ReportTable> RunAsync(
        LedgerQueries queries,
        ReportPeriod period,
        ImmutableArray<SpendDimension> by,
        int top,
        ReportScope scope,
        CancellationToken cancellationToken = default)
    {
        RefuseTime(by);
        var before = period.Before(period.Length);
        var groups = (await queries.SpendAsync([before, period], by, scope, cancellationToken))
            .GroupBy(row => string.Join('\0', row.Keys.Select(key => key is null ? "\u0001" : key)), StringComparer.Ordinal)
            .Select(group => (
                group.First().Keys,
                Before: group.Where(row => row.Period == before).Sum(row => row.Sum.Cost),
                Now: group.Where(row => row.Period == period).Sum(row => row.Sum.Cost)))
            .OrderByDescending(group => Math.Abs(group.Now - group.Before))
            .ThenBy(group => string.Join('\0', group.Keys), StringComparer.Ordinal);
        return new ReportTable
        {
            Name = "movers",
            Facts = [.. FactsOf(period, scope), new("compared_from", ReportPeriod.Text(before.From)), new("compared_to", ReportPeriod.Text(before.To))],
            Columns =
            [
                .. by.Select(dimension => Text(dimension.Name)), Money("before_usd"), Money("now_usd"), Money("change_usd"),
                new("change_percent", ReportKind.Number),
            ],
            Rows = groups.Take(top)
                .Select(group => (IReadOnlyList<object?>)
                [
                    .. group.Keys, group.Before, group.Now, group.Now - group.Before,
                    group.Before == 0 ? null : Math.Round(100.0 * (group.Now - group.Before) / group.Before, 1),
                ])
                .ToAsyncEnumerable(),
        };
    }

    internal static void RefuseTime(ImmutableArray<SpendDimension> by)
    {
        if (by.FirstOrDefault(dimension => dimension.IsTime) is { } time)
        {
            throw new ReportException("by", $"This report compares times, so it cannot be grouped by {time.Name}. Leave it out.");
        }
    }
}
