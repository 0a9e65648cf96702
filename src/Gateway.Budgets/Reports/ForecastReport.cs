using System.Collections.Immutable;
using static Gateway.Budgets.Reports.ReportTable;

namespace Gateway.Budgets.Reports;

/// <summary>
/// What a month will come to: what was spent so far, and for each day that is left, today's rest included, the mean of the same weekday over the
/// 28 days before today. The range is what 80 of 100 months should end within, if days differ from those means as they did, independently:
/// 1.2816 standard deviations of that difference, times the square root of the days left, to either side.
/// </summary>
public static class ForecastReport
{
    private const int HistoryDays = 28;
    private const int DaysOfWeek = 7;
    private const double Quantile = 1.2816;

    /// <param name="by">None of time.</param>
    /// <param name="now">Within the month that is forecast.</param>
    /// <exception cref="ReportException">It is grouped by time.</exception>
    public static async Task<ReportTable> RunAsync(
        LedgerQueries queries,
        TimeZoneInfo zone,
        DateTimeOffset now,
        ImmutableArray<SpendDimension> by,
        ReportScope scope,
        CancellationToken cancellationToken = default)
    {
        MoversReport.RefuseTime(by);
        var today = ReportPeriod.Parse(ReportPeriod.Text(ReportPeriod.Today(zone, now)), ReportPeriod.Text(ReportPeriod.Today(zone, now)), zone, now);
        var month = today.MonthOfStart();
        var begin = month.From < today.From.AddDays(-HistoryDays) ? month.From : today.From.AddDays(-HistoryDays);
        var all = today.Before(today.From.DayNumber - begin.DayNumber).Through(today);
        var groups = (await DailyHistory.ReadAsync(queries, all, by, scope, cancellationToken))
            .Select(group => Forecast(group, all, month, today, now))
            .Where(forecast => forecast.Expected > 0)
            .OrderByDescending(forecast => forecast.Expected)
            .ToList();
        return new ReportTable
        {
            Name = "forecast",
            Facts = [.. FactsOf(month, scope), new("as_of", ReportTime.Seconds(now))],
            Columns =
            [
                .. by.Select(dimension => Text(dimension.Name)), Money("so_far_usd"), Money("forecast_usd"), Money("low_usd"), Money("high_usd"),
                Count("history_days"),
            ],
            Rows = groups.Select(row => (IReadOnlyList<object?>)[.. row.Keys, row.SoFar, row.Expected, row.Low, row.High, (long)row.Days]).ToAsyncEnumerable(),
            Total =
            [
                .. by.Select(_ => (object?)null), groups.Sum(row => row.SoFar), groups.Sum(row => row.Expected), null, null, null,
            ],
            Notes =
            [
                $"Days left are expected to be like the same weekdays of the {HistoryDays} days before today. Low and high hold 80 of 100 months if "
                + "days differ as they did. With few days of history the forecast is a guess.",
            ],
        };
    }

    private static (IReadOnlyList<string?> Keys, long SoFar, long Expected, long Low, long High, int Days) Forecast(
        DailyHistory group, ReportPeriod all, ReportPeriod month, ReportPeriod today, DateTimeOffset now)
    {
        int todayIndex = today.From.DayNumber - all.From.DayNumber;
        long soFar = group.Costs.Skip(Math.Max(0, month.From.DayNumber - all.From.DayNumber)).Sum();
        var history = Enumerable.Range(todayIndex - HistoryDays, HistoryDays).Where(day => day >= group.FirstDay)
            .Select(day => (Weekday: Weekday(all.From.AddDays(day)), Cost: (double)group.Costs[day])).ToList();
        double overall = history.Count > 0 ? history.Average(day => day.Cost) : 0;
        double[] means =
        [
            .. Enumerable.Range(0, DaysOfWeek).Select(weekday =>
                history.Where(day => day.Weekday == weekday).Select(day => day.Cost).DefaultIfEmpty(overall).Average()),
        ];

        double restOfToday = (today.End - now).TotalSeconds / (today.End - today.Start).TotalSeconds;
        double left = restOfToday * means[Weekday(today.From)];
        double days = restOfToday;
        for (var day = today.From.AddDays(1); day <= month.To; day = day.AddDays(1))
        {
            left += means[Weekday(day)];
            days++;
        }

        double deviation = history.Count > 1 ? Math.Sqrt(history.Sum(day => Math.Pow(day.Cost - means[day.Weekday], 2)) / (history.Count - 1)) : 0;
        double range = Quantile * deviation * Math.Sqrt(days);
        return (group.Keys, soFar, soFar + Whole(left), soFar + Whole(Math.Max(0, left - range)), soFar + Whole(left + range), history.Count);
    }

    private static int Weekday(DateOnly date) => (int)date.DayOfWeek;

    private static long Whole(double nanos) => (long)Math.Round(nanos, MidpointRounding.AwayFromZero);
}
