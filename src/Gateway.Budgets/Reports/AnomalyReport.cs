using System.Collections.Immutable;
using static Gateway.Budgets.Reports.ReportTable;

namespace Gateway.Budgets.Reports;

/// <summary>
/// Days on which a group spent much more than it used to. Each day is compared with the group's own 28 days before it, by the modified z-score
/// of Iglewicz and Hoaglin ("How to Detect and Handle Outliers", 1993): how far it lies above their median, in units of their median absolute
/// deviation times 1.4826, which for a normal distribution is the standard deviation. Unlike mean and deviation, neither is moved by an outlier
/// of last week. Where more than half of the days are alike, so that the median deviation is 0, their mean absolute deviation times 1.2533
/// takes its place.
/// </summary>
public static class AnomalyReport
{
    /// <summary>Days that a day is compared with.</summary>
    public const int HistoryDays = 28;

    /// <summary>Groups with fewer days since their first spending are not judged.</summary>
    public const int MinHistoryDays = 14;

    /// <summary>Scores above it are flagged, as the authors recommend.</summary>
    public const double Threshold = 3.5;

    private const double MedianDeviationScale = 1.4826;
    private const double MeanDeviationScale = 1.253314;

    /// <param name="by">None of time.</param>
    /// <param name="minExcess">By how much a day must lie above the median, in nano-dollars, so that cents are not flagged.</param>
    /// <exception cref="ReportException">It is grouped by time.</exception>
    public static async Task<ReportTable> RunAsync(
        LedgerQueries queries,
        ReportPeriod period,
        ImmutableArray<SpendDimension> by,
        long minExcess,
        ReportScope scope,
        CancellationToken cancellationToken = default)
    {
        MoversReport.RefuseTime(by);
        var all = period.Before(HistoryDays).Through(period);
        var groups = await DailyHistory.ReadAsync(queries, all, by, scope, cancellationToken);
        var found = from each in groups
                    from day in Enumerable.Range(HistoryDays, period.Length)
                    let history = History(each, day)
                    where history.Count >= MinHistoryDays
                    let median = Median(history)
                    let score = Score(each.Costs[day], history, median)
                    where score > Threshold && each.Costs[day] - median >= minExcess
                    orderby day, score descending
                    select (IReadOnlyList<object?>)
                    [
                        ReportPeriod.Text(all.From.AddDays(day)), .. each.Keys, each.Costs[day], (long)Math.Round(median),
                        double.IsPositiveInfinity(score) ? null : Math.Round(score, 1), (long)history.Count,
                    ];
        return new ReportTable
        {
            Name = "anomalies",
            Facts = [.. FactsOf(period, scope), new("min_excess_usd", minExcess, ReportKind.Money)],
            Columns =
            [
                Text("day"), .. by.Select(dimension => Text(dimension.Name)), Money("cost_usd"), Money("median_usd"), new("score", ReportKind.Number),
                Count("history_days"),
            ],
            Rows = found.ToList().ToAsyncEnumerable(),
            Notes =
            [
                $"A day is flagged when its modified z-score against the group's own {HistoryDays} days before is above 3.5; groups with fewer than "
                + $"{MinHistoryDays} days of history are not judged. Without a score, all days before were alike.",
            ],
        };
    }

    internal static double Score(long cost, IReadOnlyCollection<long> history, double median)
    {
        double scale = MedianDeviationScale * Median([.. history.Select(value => Math.Abs(value - median))]);
        scale = scale > 0 ? scale : MeanDeviationScale * history.Average(value => Math.Abs(value - median));
        double distance = cost - median;
        return scale > 0 ? distance / scale : distance > 0 ? double.PositiveInfinity : 0;
    }

    private static double Median(IReadOnlyCollection<long> values) => Median([.. values.Select(value => (double)value)]);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// <summary>The days before, from the group's first spending on.</summary>
    private static List<long> History(DailyHistory group, int day) =>
        [.. Enumerable.Range(day - HistoryDays, HistoryDays).Where(before => before >= group.FirstDay).Select(before => group.Costs[before])];
}
