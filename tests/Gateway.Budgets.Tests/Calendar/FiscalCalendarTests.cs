using System.Globalization;
using Gateway.Policies;

namespace Gateway.Budgets.Tests.Calendar;

public sealed class FiscalCalendarTests
{
    /// <summary>The calendar of the US National Retail Federation: the year ends on the Saturday nearest to 31 January.</summary>
    private static readonly FiscalWeeks Retail = new(FiscalPattern.FourFiveFour, DayOfWeek.Sunday, 2, 1);

    /// <summary>The year ends on the last Saturday of September.</summary>
    private static readonly FiscalWeeks September = new(FiscalPattern.FourFourFive, DayOfWeek.Sunday, 9, 28);

    [Theory]
    [InlineData(1, "2026-11-22", "2026-11-01", "2026-12-01")]
    [InlineData(15, "2026-11-14", "2026-10-15", "2026-11-15")]
    [InlineData(15, "2026-11-15", "2026-11-15", "2026-12-15")]
    [InlineData(15, "2027-01-14", "2026-12-15", "2027-01-15")]
    [InlineData(28, "2026-02-28", "2026-02-28", "2026-03-28")]
    [InlineData(29, "2026-02-27", "2026-01-29", "2026-02-28")]
    [InlineData(29, "2028-02-28", "2028-01-29", "2028-02-29")]
    [InlineData(29, "2028-02-29", "2028-02-29", "2028-03-29")]
    [InlineData(30, "2026-02-28", "2026-02-28", "2026-03-30")]
    [InlineData(31, "2026-01-31", "2026-01-31", "2026-02-28")]
    [InlineData(31, "2026-02-28", "2026-02-28", "2026-03-31")]
    [InlineData(31, "2028-02-28", "2028-01-31", "2028-02-29")]
    [InlineData(31, "2026-04-29", "2026-03-31", "2026-04-30")]
    [InlineData(31, "2026-12-31", "2026-12-31", "2027-01-31")]
    public void MonthOf_MonthsFromADay_EndTheDayBeforeTheNext(int startsOn, string date, string start, string next) =>
        Assert.Equal((Date(start), Date(next)), FiscalDates.MonthOf(Date(date), new FiscalMonths(startsOn)));

    /// <summary>The years as the federation published them; 2006, 2012, 2017 and 2023 had 53 weeks.</summary>
    [Theory]
    [InlineData("2006-01-29", 53)]
    [InlineData("2007-02-04", 52)]
    [InlineData("2011-01-30", 52)]
    [InlineData("2012-01-29", 53)]
    [InlineData("2013-02-03", 52)]
    [InlineData("2016-01-31", 52)]
    [InlineData("2017-01-29", 53)]
    [InlineData("2018-02-04", 52)]
    [InlineData("2022-01-30", 52)]
    [InlineData("2023-01-29", 53)]
    [InlineData("2024-02-04", 52)]
    [InlineData("2025-02-02", 52)]
    [InlineData("2026-02-01", 52)]
    public void MonthOf_RetailYear_HasItsWeeks(string start, int weeks) => AssertYear(Retail, Date(start), weeks, [4, 5, 4]);

    /// <summary>The years of a company that reports like this; that of 2023 ended on 30 September.</summary>
    [Theory]
    [InlineData("2016-09-25", 53)]
    [InlineData("2017-10-01", 52)]
    [InlineData("2021-09-26", 52)]
    [InlineData("2022-09-25", 53)]
    [InlineData("2023-10-01", 52)]
    [InlineData("2024-09-29", 52)]
    [InlineData("2025-09-28", 52)]
    public void MonthOf_YearThatEndsOnTheLastSaturdayOfSeptember_HasItsWeeks(string start, int weeks) =>
        AssertYear(September, Date(start), weeks, [4, 4, 5]);

    [Theory]
    [InlineData("2018-12-31", 52)]
    [InlineData("2019-12-30", 53)]
    [InlineData("2021-01-04", 52)]
    [InlineData("2025-12-29", 53)]
    [InlineData("2027-01-04", 52)]
    public void MonthOf_YearsOfTheIsoWeeks_MayBeginInDecember(string start, int weeks) =>
        AssertYear(new FiscalWeeks(FiscalPattern.FiveFourFour, DayOfWeek.Monday, 1, 1), Date(start), weeks, [5, 4, 4]);

    [Theory]
    [InlineData("2024-01-01", "2023-12-31", "2024-02-04")]
    [InlineData("2024-02-03", "2023-12-31", "2024-02-04")]
    [InlineData("2023-12-30", "2023-11-26", "2023-12-31")]
    public void MonthOf_WeekFiftyThree_BelongsToTheLastMonth(string date, string start, string next) =>
        Assert.Equal((Date(start), Date(next)), FiscalDates.MonthOf(Date(date), Retail));

    [Fact]
    public void WindowAt_FiscalMonthAcrossDaylightSaving_BeginsAtMidnightOfTheZone()
    {
        BudgetCalendarTests.AssertWindow(
            BudgetPeriod.FiscalMonth, "America/New_York", Retail, "2026-03-15T12:00", "2026-03-01T05:00", "2026-04-05T04:00");
        BudgetCalendarTests.AssertWindow(
            BudgetPeriod.FiscalMonth, "America/Sao_Paulo", new FiscalMonths(4), "2018-11-04T03:00", "2018-11-04T03:00", "2018-12-04T02:00");
    }

    /// <summary>Walks through the year month by month; the next year begins where it ends.</summary>
    private static void AssertYear(FiscalWeeks calendar, DateOnly start, int weeks, int[] pattern)
    {
        int[] expected = [.. pattern, .. pattern, .. pattern, .. pattern];
        expected[^1] += weeks - 52;
        var date = start;
        foreach (var length in expected)
        {
            var next = date.AddDays(7 * length);
            Assert.Equal((date, next), FiscalDates.MonthOf(date, calendar));
            Assert.Equal((date, next), FiscalDates.MonthOf(next.AddDays(-1), calendar));
            date = next;
        }

        Assert.Equal(start.AddDays(7 * weeks), date);
    }

    private static DateOnly Date(string date) => DateOnly.Parse(date, CultureInfo.InvariantCulture);
}
