using Gateway.Budgets.Reports;
using Gateway.Policies;
using static Gateway.Budgets.Tests.Reports.TestLedger;

namespace Gateway.Budgets.Tests.Reports;

public sealed class ReportPeriodTests
{
    private static readonly DateTimeOffset Now = At("2026-11-27T23:30Z");

    [Theory]
    [InlineData("UTC", "2026-11-01", "2026-11-30", "2026-11-01T00:00Z", "2026-12-01T00:00Z")]
    [InlineData("Europe/Berlin", "2026-11-01", "2026-11-30", "2026-10-31T23:00Z", "2026-11-30T23:00Z")]
    [InlineData("Europe/Berlin", "2026-03-29", "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z")] // 23 hours
    [InlineData("Europe/Berlin", "2026-10-25", "2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z")] // 25 hours
    [InlineData("America/New_York", "2026-03-01", "2026-03-31", "2026-03-01T05:00Z", "2026-04-01T04:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-05", "2026-04-05", "2026-04-04T13:00Z", "2026-04-05T13:30Z")] // half an hour
    [InlineData("Asia/Kathmandu", "2026-11-01", "2026-11-01", "2026-10-31T18:15Z", "2026-11-01T18:15Z")]
    [InlineData("America/Sao_Paulo", "2018-11-04", "2018-11-04", "2018-11-04T03:00Z", "2018-11-05T02:00Z")] // no midnight
    [InlineData("Europe/Berlin", "2028-02-29", "2028-02-29", "2028-02-28T23:00Z", "2028-02-29T23:00Z")] // leap day
    [InlineData("Europe/Berlin", "2026-12-31", "2027-01-01", "2026-12-30T23:00Z", "2027-01-01T23:00Z")]
    public void Parse_Days_BeginAndEndByTheClocksOfTheZone(string zone, string from, string to, string start, string end)
    {
        var period = ReportPeriod.Parse(from, to, ReportPeriod.ParseZone(zone), Now);

        Assert.Equal((At(start), At(end)), (period.Start, period.End));
    }

    [Theory]
    [InlineData("UTC", "2026-11-01", "2026-11-27")]
    [InlineData("Europe/Berlin", "2026-11-01", "2026-11-28")]
    public void Parse_NothingGiven_IsThisMonthUntilTodayInTheZone(string zone, string from, string to)
    {
        var period = ReportPeriod.Parse(null, null, ReportPeriod.ParseZone(zone), Now);

        Assert.Equal((from, to), (ReportPeriod.Text(period.From), ReportPeriod.Text(period.To)));
    }

    [Fact]
    public void Days_OfAPeriod_FollowEachOtherWithoutGap()
    {
        var period = ReportPeriod.Parse("2026-03-01", "2026-11-30", ReportPeriod.ParseZone("Europe/Berlin"), Now);

        Assert.Equal(period.Length, period.Days.Count);
        Assert.Equal((period.Start, period.End), (period.Days[0].Start, period.Days[^1].End));
        Assert.All(period.Days.Zip(period.Days.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
        Assert.Equal(["2026-03-01", "2026-04-01", "2026-05-01"], period.Months.Take(3).Select(month => ReportPeriod.Text(month.From)));
    }

    [Theory]
    [InlineData("2026-02", "2026-02-01", "2026-02-28")]
    [InlineData("2028-02", "2028-02-01", "2028-02-29")]
    [InlineData("2026-12", "2026-12-01", "2026-12-31")]
    [InlineData(null, "2026-10-01", "2026-10-31")]
    public void ParseMonth_AMonth_HasAllItsDays(string? month, string from, string to)
    {
        var period = ReportPeriod.ParseMonth(month, TimeZoneInfo.Utc, Now);

        Assert.Equal((from, to), (ReportPeriod.Text(period.From), ReportPeriod.Text(period.To)));
    }

    [Theory]
    [InlineData("2026-11-14", "2026-10-15", "2026-11-14")]
    [InlineData("2026-11-15", "2026-11-15", "2026-12-14")]
    public void ParseFiscalMonth_MonthsThatBeginOnThe15th_HoldTheDay(string day, string from, string to)
    {
        var period = ReportPeriod.ParseFiscalMonth(day, TimeZoneInfo.Utc, new FiscalMonths(15));

        Assert.Equal((from, to), (ReportPeriod.Text(period.From), ReportPeriod.Text(period.To)));
    }

    [Theory]
    [InlineData("2026-11-31", null, "from", "'2026-11-31' is no day. Write one as 2026-11-01.")]
    [InlineData("1.11.2026", null, "from", "'1.11.2026' is no day.")]
    [InlineData("2026-11-01", "tomorrow", "to", "'tomorrow' is no day.")]
    [InlineData("2026-11-02", "2026-11-01", "from", "Write the earlier day first; both days count.")]
    [InlineData("2020-01-01", "2026-11-01", "from", "Ask for at most 1096 at a time.")]
    [InlineData("0001-01-01", "0001-01-02", "to", "'0001-01-02' is no day.")]
    public void Parse_WrongDays_NameTheParameterAndTheFix(string from, string? to, string parameter, string message)
    {
        var exception = Assert.Throws<ReportException>(() => ReportPeriod.Parse(from, to, TimeZoneInfo.Utc, Now));

        Assert.Equal(parameter, exception.Parameter);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Europe/Berlim", "'Europe/Berlim' is no time zone. Did you mean 'Europe/Berlin'?")]
    [InlineData("W. Europe Standard Time", "is no time zone. Did you mean 'Europe/Berlin'?")]
    [InlineData("+01:00", "'+01:00' is no time zone.")]
    [InlineData("../../etc/passwd", "is no time zone.")]
    public void ParseZone_NoIanaName_SaysWhatToWrite(string zone, string message) =>
        Assert.Contains(message, Assert.Throws<ReportException>(() => ReportPeriod.ParseZone(zone)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("2026-13", "'2026-13' is no month. Write one as 2026-11.")]
    [InlineData("November", "'November' is no month.")]
    public void ParseMonth_NoMonth_SaysWhatToWrite(string month, string message) =>
        Assert.Contains(message, Assert.Throws<ReportException>(() => ReportPeriod.ParseMonth(month, TimeZoneInfo.Utc, Now)).Message, StringComparison.Ordinal);

    [Fact]
    public void ParseFiscalMonth_NoCalendar_SaysWhereToWriteOne() =>
        Assert.Contains(
            "Write 'fiscal' into budgets.yaml",
            Assert.Throws<ReportException>(() => ReportPeriod.ParseFiscalMonth("2026-11-01", TimeZoneInfo.Utc, null)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("teem", "'teem' is no column to group by. Choose from organization, team,")]
    [InlineData("team,", "'' is no column to group by.")]
    [InlineData("team,model,team", "'team' is there twice.")]
    [InlineData("day,month", "Group by one of the two.")]
    [InlineData("cost; DROP TABLE ledger", "is no column to group by.")]
    public void ParseDimensions_Wrong_SaysWhatToWrite(string by, string message) =>
        Assert.Contains(message, Assert.Throws<ReportException>(() => SpendDimension.Parse(by)).Message, StringComparison.Ordinal);
}
