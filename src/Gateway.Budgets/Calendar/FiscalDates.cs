using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>The months of fiscal calendars, by date.</summary>
internal static class FiscalDates
{
    private const int DaysOfWeek = 7;
    private const int MonthsOfQuarter = 3;
    private const int LastMonth = 11;
    private const int MostDaysFromNear = 3;

    /// <summary>The first date of the month that the date is in, and the first date of the next.</summary>
    public static (DateOnly Start, DateOnly Next) MonthOf(DateOnly date, FiscalCalendar calendar) => calendar switch
    {
        FiscalMonths months => MonthOf(date, months.StartsOn),
        FiscalWeeks weeks => MonthOf(date, weeks),
        _ => throw new ArgumentException($"There is no fiscal calendar of the kind {calendar.GetType().Name}.", nameof(calendar)),
    };

    /// <inheritdoc cref="MonthOf(DateOnly, FiscalCalendar)"/>
    /// <param name="startsOn">The day on which months begin: 1 to 31; in a shorter month its last.</param>
    public static (DateOnly Start, DateOnly Next) MonthOf(DateOnly date, int startsOn)
    {
        var first = new DateOnly(date.Year, date.Month, 1);
        var start = StartIn(first, startsOn);
        return date < start ? (StartIn(first.AddMonths(-1), startsOn), start) : (start, StartIn(first.AddMonths(1), startsOn));
    }

    private static DateOnly StartIn(DateOnly first, int startsOn) =>
        first.AddDays(Math.Min(startsOn, DateTime.DaysInMonth(first.Year, first.Month)) - 1);

    private static (DateOnly Start, DateOnly Next) MonthOf(DateOnly date, FiscalWeeks calendar)
    {
        // A year that begins near the first of January may begin in December.
        var year = date.Year + 1;
        while (YearStart(year, calendar) > date)
        {
            year--;
        }

        var start = YearStart(year, calendar);
        for (var month = 0; month < LastMonth; month++)
        {
            var next = start.AddDays(DaysOfWeek * WeeksOf(calendar.Pattern, month % MonthsOfQuarter));
            if (date < next)
            {
                return (start, next);
            }

            start = next;
        }

        // The last month takes what is left of the year, the 53rd week included.
        return (start, YearStart(year + 1, calendar));
    }

    /// <summary>The one date with the calendar's weekday among the seven around the date that years begin near.</summary>
    private static DateOnly YearStart(int year, FiscalWeeks calendar)
    {
        var earliest = new DateOnly(year, calendar.NearMonth, calendar.NearDay).AddDays(-MostDaysFromNear);
        return earliest.AddDays((calendar.FirstDay - earliest.DayOfWeek + DaysOfWeek) % DaysOfWeek);
    }

    private static int WeeksOf(FiscalPattern pattern, int monthOfQuarter) => (pattern, monthOfQuarter) switch
    {
        (FiscalPattern.FourFourFive, 2) or (FiscalPattern.FourFiveFour, 1) or (FiscalPattern.FiveFourFour, 0) => 5,
        _ => 4,
    };
}
