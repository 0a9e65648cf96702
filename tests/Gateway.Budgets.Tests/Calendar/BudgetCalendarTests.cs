using System.Globalization;
using Gateway.Policies;

namespace Gateway.Budgets.Tests.Calendar;

/// <summary>Windows on clocks that change, in zones that people live in. Times without an offset are in UTC.</summary>
public sealed class BudgetCalendarTests
{
    [Theory]
    [InlineData("UTC", "2026-11-22T12:00", "2026-11-22T00:00", "2026-11-23T00:00", 24)]
    [InlineData("UTC", "2024-02-29T23:59", "2024-02-29T00:00", "2024-03-01T00:00", 24)]
    [InlineData("Europe/Berlin", "2026-11-21T23:00", "2026-11-21T23:00", "2026-11-22T23:00", 24)]
    [InlineData("Europe/Berlin", "2026-03-29T00:59", "2026-03-28T23:00", "2026-03-29T22:00", 23)]
    [InlineData("Europe/Berlin", "2026-10-25T22:59", "2026-10-24T22:00", "2026-10-25T23:00", 25)]
    [InlineData("America/New_York", "2024-03-10T12:00", "2024-03-10T05:00", "2024-03-11T04:00", 23)]
    [InlineData("America/New_York", "2024-11-03T12:00", "2024-11-03T04:00", "2024-11-04T05:00", 25)]
    [InlineData("Asia/Kathmandu", "2026-11-22T12:00", "2026-11-21T18:15", "2026-11-22T18:15", 24)]
    [InlineData("Australia/Lord_Howe", "2024-04-07T00:00", "2024-04-06T13:00", "2024-04-07T13:30", 24.5)]

    // Midnight does not exist: 00:00 is 01:00.
    [InlineData("America/Sao_Paulo", "2018-11-04T02:59", "2018-11-03T03:00", "2018-11-04T03:00", 24)]
    [InlineData("America/Sao_Paulo", "2018-11-04T03:00", "2018-11-04T03:00", "2018-11-05T02:00", 23)]
    [InlineData("Asia/Beirut", "2022-03-27T00:00", "2022-03-26T22:00", "2022-03-27T21:00", 23)]
    [InlineData("America/Havana", "2023-03-12T12:00", "2023-03-12T05:00", "2023-03-13T04:00", 23)]

    // Midnight comes once, 23:00 before it twice.
    [InlineData("America/Sao_Paulo", "2019-02-17T02:59", "2019-02-16T02:00", "2019-02-17T03:00", 25)]
    [InlineData("Asia/Beirut", "2022-10-29T21:30", "2022-10-28T21:00", "2022-10-29T22:00", 25)]

    // Midnight comes twice: 01:00 is 00:00.
    [InlineData("America/Havana", "2023-11-05T05:00", "2023-11-05T04:00", "2023-11-06T05:00", 25)]

    // 00:01 is 23:01 of the day before, which has ended.
    [InlineData("America/St_Johns", "2010-11-07T02:29", "2010-11-06T02:30", "2010-11-07T02:30", 24)]
    [InlineData("America/St_Johns", "2010-11-07T03:00", "2010-11-07T02:30", "2010-11-08T03:30", 25)]

    // 30 December 2011 does not exist: 00:00 of it is 00:00 of the 31st.
    [InlineData("Pacific/Apia", "2011-12-30T09:59", "2011-12-29T10:00", "2011-12-30T10:00", 24)]
    [InlineData("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00", "2011-12-31T10:00", 24)]
    public void WindowAt_Day_IsTheDateOnTheClocksOfTheZone(string zone, string instant, string start, string end, double hours)
    {
        AssertWindow(BudgetPeriod.Day, zone, null, instant, start, end);
        Assert.Equal(TimeSpan.FromHours(hours), Utc(end) - Utc(start));
    }

    [Theory]
    [InlineData("UTC", "2026-11-22T23:59", "2026-11-16T00:00", "2026-11-23T00:00")]
    [InlineData("UTC", "2026-11-23T00:00", "2026-11-23T00:00", "2026-11-30T00:00")]
    [InlineData("UTC", "2027-01-01T00:00", "2026-12-28T00:00", "2027-01-04T00:00")]
    [InlineData("UTC", "2024-02-29T00:00", "2024-02-26T00:00", "2024-03-04T00:00")]
    [InlineData("Europe/Berlin", "2026-03-29T12:00", "2026-03-22T23:00", "2026-03-29T22:00")]
    [InlineData("Europe/Berlin", "2026-10-25T22:59", "2026-10-18T22:00", "2026-10-25T23:00")]
    [InlineData("Pacific/Apia", "2011-12-31T00:00", "2011-12-26T10:00", "2012-01-01T10:00")]
    public void WindowAt_Week_IsFromMondayToSunday(string zone, string instant, string start, string end) =>
        AssertWindow(BudgetPeriod.Week, zone, null, instant, start, end);

    [Theory]
    [InlineData("UTC", "2024-02-29T12:00", "2024-02-01T00:00", "2024-03-01T00:00")]
    [InlineData("UTC", "2026-02-28T23:59", "2026-02-01T00:00", "2026-03-01T00:00")]
    [InlineData("UTC", "2100-02-28T12:00", "2100-02-01T00:00", "2100-03-01T00:00")]
    [InlineData("UTC", "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00")]
    [InlineData("Europe/Berlin", "2026-03-31T21:59", "2026-02-28T23:00", "2026-03-31T22:00")]
    [InlineData("Europe/Berlin", "2026-10-31T22:59", "2026-09-30T22:00", "2026-10-31T23:00")]
    [InlineData("Pacific/Kiritimati", "2026-10-31T10:00", "2026-10-31T10:00", "2026-11-30T10:00")]
    [InlineData("Pacific/Apia", "2011-12-31T00:00", "2011-12-01T10:00", "2011-12-31T10:00")]

    // 1 October 2023 began at 01:00.
    [InlineData("America/Asuncion", "2023-10-01T04:00", "2023-10-01T04:00", "2023-11-01T03:00")]
    public void WindowAt_Month_IsTheMonthOnTheClocksOfTheZone(string zone, string instant, string start, string end) =>
        AssertWindow(BudgetPeriod.Month, zone, null, instant, start, end);

    [Theory]
    [InlineData("UTC", "2026-11-22T12:34", "2026-11-22T12:00", "2026-11-22T13:00")]
    [InlineData("Asia/Kathmandu", "2026-11-22T12:00", "2026-11-22T11:15", "2026-11-22T12:15")]

    // 02:00 to 03:00 comes twice.
    [InlineData("Europe/Berlin", "2026-10-25T00:59", "2026-10-25T00:00", "2026-10-25T01:00")]
    [InlineData("Europe/Berlin", "2026-10-25T01:00", "2026-10-25T01:00", "2026-10-25T02:00")]

    // A whole hour's change in the middle of an hour leaves hours whole: 00:01 is 23:01.
    [InlineData("America/St_Johns", "2010-11-07T02:30", "2010-11-07T02:30", "2010-11-07T03:30")]
    [InlineData("America/St_Johns", "2010-11-07T03:29", "2010-11-07T02:30", "2010-11-07T03:30")]

    // 02:00 is 02:30, and 02:00 is 01:30.
    [InlineData("Australia/Lord_Howe", "2024-10-05T15:29", "2024-10-05T14:30", "2024-10-05T15:30")]
    [InlineData("Australia/Lord_Howe", "2024-10-05T15:45", "2024-10-05T15:30", "2024-10-05T16:00")]
    [InlineData("Australia/Lord_Howe", "2024-04-06T15:00", "2024-04-06T15:00", "2024-04-06T15:30")]

    // 02:30 is 03:00.
    [InlineData("America/Caracas", "2016-05-01T06:59", "2016-05-01T06:30", "2016-05-01T07:00")]
    [InlineData("America/Caracas", "2016-05-01T07:00", "2016-05-01T07:00", "2016-05-01T08:00")]
    public void WindowAt_Hour_BeginsWithTheHourOnTheClocksOfTheZone(string zone, string instant, string start, string end) =>
        AssertWindow(BudgetPeriod.Hour, zone, null, instant, start, end);

    [Theory]
    [InlineData("UTC", "2026-11-22T12:34:59.9999999", "2026-11-22T12:34", "2026-11-22T12:35")]
    [InlineData("Asia/Kathmandu", "2026-11-22T12:34:00", "2026-11-22T12:34", "2026-11-22T12:35")]
    [InlineData("Australia/Lord_Howe", "2024-10-05T15:30", "2024-10-05T15:30", "2024-10-05T15:31")]
    public void WindowAt_Minute_IsAMinute(string zone, string instant, string start, string end) =>
        AssertWindow(BudgetPeriod.Minute, zone, null, instant, start, end);

    [Fact]
    public void WindowAt_Lifetime_IsAllOfTime()
    {
        var window = BudgetCalendar.WindowAt(BudgetPeriod.Lifetime, TimeZoneInfo.Utc, null, Utc("2026-11-22T12:00"));

        Assert.Equal(new BudgetWindow("all", DateTimeOffset.MinValue, DateTimeOffset.MaxValue), window);
    }

    [Theory]
    [InlineData("Minute", "2026-11-21T23:00:00Z/minute/2026-11-22T00:00:00+01:00/Europe/Berlin")]
    [InlineData("Hour", "2026-11-21T23:00:00Z/hour/2026-11-22T00:00:00+01:00/Europe/Berlin")]
    [InlineData("Day", "2026-11-21T23:00:00Z/day/2026-11-22T00:00:00+01:00/Europe/Berlin")]
    [InlineData("Week", "2026-11-15T23:00:00Z/week/2026-11-16T00:00:00+01:00/Europe/Berlin")]
    [InlineData("Month", "2026-10-31T23:00:00Z/month/2026-11-01T00:00:00+01:00/Europe/Berlin")]
    [InlineData("FiscalMonth", "2026-11-14T23:00:00Z/fiscal_month-from-15/2026-11-15T00:00:00+01:00/Europe/Berlin")]
    public void WindowAt_Id_IsTheSameForEver(string period, string id)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

        Assert.Equal(id, BudgetCalendar.WindowAt(Enum.Parse<BudgetPeriod>(period), zone, new FiscalMonths(15), Utc("2026-11-21T23:00")).Id);
    }

    [Fact]
    public void WindowAt_HourThatComesTwice_HasTwoIdsInOrder()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var first = BudgetCalendar.WindowAt(BudgetPeriod.Hour, zone, null, Utc("2026-10-25T00:30")).Id;
        var second = BudgetCalendar.WindowAt(BudgetPeriod.Hour, zone, null, Utc("2026-10-25T01:30")).Id;

        Assert.Contains("2026-10-25T02:00:00+02:00", first, StringComparison.Ordinal);
        Assert.Contains("2026-10-25T02:00:00+01:00", second, StringComparison.Ordinal);
        Assert.True(string.CompareOrdinal(first, second) < 0);
    }

    [Fact]
    public void WindowAt_Limit_UsesItsPeriodAndZone()
    {
        var limit = new BudgetLimit
        {
            Name = "books",
            ScopeKind = BudgetScopeKind.Team,
            Measure = BudgetMeasure.Cost,
            Amount = 1,
            Period = BudgetPeriod.FiscalMonth,
            TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"),
        };

        var window = BudgetCalendar.WindowAt(limit, new FiscalMonths(15), new DateTimeOffset(2026, 11, 15, 0, 0, 0, TimeSpan.FromHours(9)));

        Assert.Equal((Utc("2026-11-14T15:00"), Utc("2026-12-14T15:00")), (window.Start, window.End));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (window.Start.Offset, window.End.Offset));
    }

    [Fact]
    public void WindowAt_FiscalMonthWithoutCalendar_Throws() => Assert.Throws<ArgumentNullException>(
        () => BudgetCalendar.WindowAt(BudgetPeriod.FiscalMonth, TimeZoneInfo.Utc, null, Utc("2026-11-22T12:00")));

    internal static DateTimeOffset Utc(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    internal static void AssertWindow(BudgetPeriod period, string zone, FiscalCalendar? fiscal, string instant, string start, string end)
    {
        var window = BudgetCalendar.WindowAt(period, TimeZoneInfo.FindSystemTimeZoneById(zone), fiscal, Utc(instant));

        Assert.Equal((Utc(start), Utc(end)), (window.Start, window.End));
    }
}
