using System.Collections.Immutable;
using static Gateway.Budgets.Reports.ReportTable;

namespace Gateway.Budgets.Reports;

/// <summary>What was spent in a period, by any columns.</summary>
public static class SpendReport
{
    private const string TagNote = "A request with several tags is counted under each; the total counts it once.";

    internal static ImmutableArray<ReportColumn> SumColumns { get; } =
    [
        Count("requests"), Count("input_tokens"), Count("cached_input_tokens"), Count("output_tokens"), Count("reasoning_tokens"),
        Money("cost_usd"), Money("estimated_usd"), Money("hold_usd"),
    ];

    /// <summary>With the columns <paramref name="by"/>, then sums; the dearest first, within each day or month.</summary>
    public static async Task<ReportTable> RunAsync(
        LedgerQueries queries, ReportPeriod period, ImmutableArray<SpendDimension> by, ReportScope scope, CancellationToken cancellationToken = default)
    {
        var time = by.FirstOrDefault(dimension => dimension.IsTime);
        var periods = time == SpendDimension.Day ? period.Days : time == SpendDimension.Month ? period.Months : [period];
        var others = by.Where(dimension => !dimension.IsTime).ToList();
        var rows = await queries.SpendAsync(periods, others, scope, cancellationToken);
        var total = await queries.TotalAsync(period, scope, cancellationToken);
        return new ReportTable
        {
            Name = "spend",
            Facts = [.. FactsOf(period, scope), new("by", string.Join(',', by.Select(dimension => dimension.Name)))],
            Columns = [.. by.Select(dimension => Text(dimension.Name)), .. SumColumns],
            Rows = InOrder(rows).Select(row => (IReadOnlyList<object?>)[.. by.Select(dimension => Value(row, dimension, others)), .. Values(row.Sum)])
                .ToAsyncEnumerable(),
            Total = [.. by.Select(_ => (object?)null), .. Values(total)],
            Notes = by.Contains(SpendDimension.Tag) ? [TagNote] : [],
        };
    }

    internal static object?[] Values(SpendSum sum) =>
    [
        sum.Requests, sum.InputTokens, sum.CachedInputTokens, sum.OutputTokens, sum.ReasoningTokens, sum.Cost, sum.EstimatedCost, sum.HoldCost,
    ];

    internal static IEnumerable<SpendRow> InOrder(IEnumerable<SpendRow> rows) => rows
        .OrderBy(row => row.Period.From)
        .ThenByDescending(row => row.Sum.Cost)
        .ThenBy(row => string.Join('\0', row.Keys), StringComparer.Ordinal);

    private static string? Value(SpendRow row, SpendDimension dimension, List<SpendDimension> others) =>
        dimension == SpendDimension.Day ? ReportPeriod.Text(row.Period.From)
        : dimension == SpendDimension.Month ? ReportPeriod.Text(row.Period.From)[.."yyyy-MM".Length]
        : row.Keys[others.IndexOf(dimension)];
}
