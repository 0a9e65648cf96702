using System.Globalization;
using Gateway.Budgets.Reports;
using Gateway.Policies;
using static Gateway.Budgets.Tests.Reports.TestLedger;

namespace Gateway.Budgets.Tests.Reports;

/// <summary>Forecast, movers, anomalies and statements.</summary>
public sealed class TrendReportTests : IAsyncLifetime
{
    private const long Dollar = 1_000_000_000;

    private TestLedger _ledger = null!;

    public async ValueTask InitializeAsync() => _ledger = await NewAsync();

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public async Task Forecast_WeekdaysThatRepeatExactly_IsExactWithoutARange()
    {
        // From 12 October on: 10 dollars on weekdays, 2 at the weekend. It is noon on Thursday, 12 November.
        await FillAsync("2026-10-12", 31, date => date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 2 * Dollar : 10 * Dollar);
        await _ledger.AddAsync(Entry("2026-11-12T06:00Z", 4 * Dollar));

        var rows = await RowsAsync(await ForecastReport.RunAsync(
            _ledger.Queries, TimeZoneInfo.Utc, At("2026-11-12T12:00Z"), SpendDimension.Parse("team"), ReportScope.Everybody));

        // So far: 1 and 7, 8 November are at the weekend. Left: half of Thursday, then 12 weekdays and 6 days of weekends.
        long soFar = (8 * 10 + 3 * 2 + 4) * Dollar;
        long left = 5 * Dollar + (12 * 10 + 6 * 2) * Dollar;
        Assert.Equal(["search", soFar, soFar + left, soFar + left, soFar + left, 28L], Assert.Single(rows));
    }

    [Fact]
    public async Task Forecast_DaysThatDiffer_HasARangeAroundIt()
    {
        var random = new Random(7);
        await FillAsync("2026-10-12", 31, _ => random.Next(5, 15) * Dollar);

        var row = Assert.Single(await RowsAsync(await ForecastReport.RunAsync(
            _ledger.Queries, TimeZoneInfo.Utc, At("2026-11-12T00:00Z"), SpendDimension.Parse("team"), ReportScope.Everybody)));

        Assert.True((long)row[3]! < (long)row[2]! && (long)row[2]! < (long)row[4]!, string.Join(',', row));
        Assert.True((long)row[3]! >= (long)row[1]!);
    }

    [Fact]
    public async Task Movers_AgainstTheDaysBefore_TheLargestChangeFirst()
    {
        await _ledger.AddAsync(
            Entry("2026-11-05T12:00Z", 10 * Dollar, "search"), Entry("2026-11-12T12:00Z", 15 * Dollar, "search"),
            Entry("2026-11-05T12:00Z", 20 * Dollar, "ads"),
            Entry("2026-11-12T12:00Z", 1 * Dollar, "new"),
            Entry("2026-11-03T12:00Z", 99 * Dollar, "search"));

        var report = await MoversReport.RunAsync(
            _ledger.Queries, ReportPeriod.Parse("2026-11-11", "2026-11-17", TimeZoneInfo.Utc, default), SpendDimension.Parse("team"), top: 2, ReportScope.Everybody);

        Assert.Equal(
            ["team,before_usd,now_usd,change_usd,change_percent", "ads,20.00,0.00,-20.00,-100", "search,10.00,15.00,5.00,50"],
            await CsvAsync(report));
        Assert.Contains(new ReportFact("compared_from", "2026-11-04"), report.Facts);
    }

    [Theory]
    [InlineData(10, 9, 11, 40, true)]
    [InlineData(10, 9, 11, 12, false)]
    [InlineData(10, 10, 11, 40, true)]
    [InlineData(10, 0, 20, 25, false)]
    public async Task Anomalies_ADayAgainstTheTeamsOwnHistory(int usual, int low, int high, int cost, bool isFlagged)
    {
        int day = 0;
        await FillAsync("2026-10-01", 28, _ => (day++ % 4) switch { 0 => low, 1 => high, _ => usual } * Dollar);
        await _ledger.AddAsync(Entry("2026-10-29T12:00Z", cost * Dollar));

        var rows = await RowsAsync(await AnomaliesAsync("2026-10-29", "2026-10-30"));

        Assert.Equal(isFlagged ? ["2026-10-29"] : [], rows.Select(row => (string?)row[0]));
    }

    [Fact]
    public async Task Anomalies_AllDaysAlike_ALargerOneIsFlaggedWithoutAScore()
    {
        await FillAsync("2026-10-01", 28, _ => 10 * Dollar);
        await _ledger.AddAsync(Entry("2026-10-29T12:00Z", 12 * Dollar));

        Assert.Equal(["2026-10-29", "search", 12 * Dollar, 10 * Dollar, null, 28L], Assert.Single(await RowsAsync(await AnomaliesAsync("2026-10-29", "2026-10-29"))));
    }

    [Fact]
    public async Task Anomalies_OutlierInTheHistory_DoesNotHideTheNext()
    {
        int day = 0;
        await FillAsync("2026-10-01", 28, _ => (day++ == 20 ? 1000 : 9 + (day % 3)) * Dollar);
        await _ledger.AddAsync(Entry("2026-10-29T12:00Z", 50 * Dollar));

        Assert.Single(await RowsAsync(await AnomaliesAsync("2026-10-29", "2026-10-29")));
    }

    [Fact]
    public async Task Anomalies_NewTeam_IsNotJudged()
    {
        await FillAsync("2026-10-20", 9, _ => 1 * Dollar);
        await _ledger.AddAsync(Entry("2026-10-29T12:00Z", 500 * Dollar));

        Assert.Empty(await RowsAsync(await AnomaliesAsync("2026-10-29", "2026-10-29")));
    }

    [Fact]
    public async Task Anomalies_CentsAboveTheUsual_AreNotFlagged()
    {
        await FillAsync("2026-10-01", 28, _ => 1_000_000);
        await _ledger.AddAsync(Entry("2026-10-29T12:00Z", Dollar / 2));

        Assert.Empty(await RowsAsync(await AnomaliesAsync("2026-10-29", "2026-10-29")));
    }

    [Theory]
    [InlineData("day")]
    [InlineData("team,month")]
    public async Task Trends_GroupedByTime_AreRefused(string by) =>
        Assert.Equal("by", (await Assert.ThrowsAsync<ReportException>(() => ForecastReport.RunAsync(
            _ledger.Queries, TimeZoneInfo.Utc, At("2026-11-12T00:00Z"), SpendDimension.Parse(by), ReportScope.Everybody))).Parameter);

    [Fact]
    public async Task Statement_OfAFiscalMonth_ComparesWithTheCalendarMonthBeforeTheOneItBeginsIn()
    {
        await _ledger.AddAsync(Entry("2026-10-10T12:00Z", 7 * Dollar), Entry("2026-11-10T12:00Z", 1 * Dollar), Entry("2026-11-20T12:00Z", 2 * Dollar));
        var month = ReportPeriod.ParseFiscalMonth("2026-11-20", TimeZoneInfo.Utc, new FiscalMonths(15));

        var report = await StatementReport.RunAsync(_ledger.Queries, month, new ReportScope("search"), At("2026-11-27T00:00Z"));

        Assert.Contains(new ReportFact("total_usd", 2 * Dollar, ReportKind.Money), report.Facts);
        Assert.Contains(new ReportFact("calendar_month_before_usd", 7 * Dollar, ReportKind.Money), report.Facts);
    }

    [Fact]
    public async Task Statement_OfAMonth_HasLinesTotalMonthBeforeAndWhatIsNotCertain()
    {
        await _ledger.AddAsync(
            Entry("2026-10-10T12:00Z", 7 * Dollar),
            Entry("2026-11-10T12:00Z", 1_004_000_000, model: "small"),
            Entry("2026-11-11T12:00Z", 2_004_000_000, model: "large") with { Basis = CostBasis.Estimated },
            Entry("2026-11-12T12:00Z", 4_004_000_000, model: "large") with { Basis = CostBasis.Hold, PriceVersion = null },
            Entry("2026-11-12T12:00Z", 99 * Dollar, "ads"));

        var report = await StatementReport.RunAsync(
            _ledger.Queries, ReportPeriod.ParseMonth("2026-11", TimeZoneInfo.Utc, default), new ReportScope("search"), At("2026-11-27T00:00Z"));

        Assert.Equal(
            [
                new("from", "2026-11-01"), new("to", "2026-11-30"), new("time_zone", "UTC"), new("team", "search"), new("requests", 3L, ReportKind.Count),
                new("total_usd", 7_012_000_000L, ReportKind.Money), new("calendar_month_before_usd", 7 * Dollar, ReportKind.Money),
            ],
            report.Facts);
        Assert.Equal(
            ["site,p,large,,1", "site,p,large,v1,1", "site,p,small,v1,1"],
            (await CsvAsync(report))[1..].Select(line => string.Join(',', line.Split(',').Take(5))));
        Assert.Equal(7_012_000_000L, report.Total![9]);
        Assert.Contains(report.Notes, note => note.Contains("half a cent up", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note.Contains("not over", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note.StartsWith("2.004 USD are by tokens that the gateway counted", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note.StartsWith("4.004 USD are the most", StringComparison.Ordinal));
    }

    private Task<ReportTable> AnomaliesAsync(string from, string to) => AnomalyReport.RunAsync(
        _ledger.Queries, ReportPeriod.Parse(from, to, TimeZoneInfo.Utc, default), SpendDimension.Parse("team"), Dollar, ReportScope.Everybody);

    private async Task FillAsync(string first, int days, Func<DateOnly, long> cost)
    {
        var date = DateOnly.ParseExact(first, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        await _ledger.AddAsync(Enumerable.Range(0, days).Select(day => date.AddDays(day)).Select(day => Entry($"{day:yyyy-MM-dd}T12:00Z", cost(day))).ToList());
    }

    private static async Task<IReadOnlyList<IReadOnlyList<object?>>> RowsAsync(ReportTable report) => await report.Rows.ToListAsync();
}
