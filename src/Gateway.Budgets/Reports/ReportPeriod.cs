using System.Globalization;
using Gateway.Policies;

namespace Gateway.Budgets.Reports;

/// <summary>Whole days on the clocks of a zone, of which the first and the last both count.</summary>
public sealed record ReportPeriod
{
    /// <summary>The most days of a report: three years.</summary>
    public const int MaxDays = 1096;

    private const string DateFormat = "yyyy-MM-dd";

    private ReportPeriod(DateOnly from, DateOnly to, TimeZoneInfo zone)
    {
        (From, To, Zone) = (from, to, zone);
        (Start, End) = (DateSpans.StartOf(zone, from), DateSpans.StartOf(zone, to.AddDays(1)));
    }

    /// <summary>The first day.</summary>
    public DateOnly From { get; }

    /// <summary>The last day.</summary>
    public DateOnly To { get; }

    public TimeZoneInfo Zone { get; }

    /// <summary>The first moment, in UTC.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>The first moment after it, in UTC.</summary>
    public DateTimeOffset End { get; }

    public int Length => To.DayNumber - From.DayNumber + 1;

    /// <summary>Each day as a period.</summary>
    public IReadOnlyList<ReportPeriod> Days => [.. Enumerable.Range(0, Length).Select(day => new ReportPeriod(From.AddDays(day), From.AddDays(day), Zone))];

    /// <summary>Each calendar month, the first and the last cut off where the period begins and ends.</summary>
    public IReadOnlyList<ReportPeriod> Months =>
        [.. Days.GroupBy(day => (day.From.Year, day.From.Month)).Select(month => new ReportPeriod(month.First().From, month.Last().To, Zone))];

    /// <param name="parameter">What the zone was given as.</param>
    /// <exception cref="ReportException">There is no such zone.</exception>
    public static TimeZoneInfo ParseZone(string name, string parameter = "zone") => IanaTimeZone.TryFind(name, out var zone)
        ? zone
        : throw new ReportException(
            parameter,
            $"'{name}' is no time zone. "
            + (IanaTimeZone.Guess(name) is { } meant ? $"Did you mean '{meant}'?" : "Write an IANA name such as Europe/Berlin, or UTC."));

    /// <summary>From one day to another.</summary>
    /// <param name="from">As <c>2026-11-01</c>; null for the first day of the month of <paramref name="to"/>.</param>
    /// <param name="to">The last day; null for today.</param>
    /// <param name="now">Tells which day is today.</param>
    /// <exception cref="ReportException">A day is none, or they are in the wrong order, or too far apart.</exception>
    public static ReportPeriod Parse(string? from, string? to, TimeZoneInfo zone, DateTimeOffset now)
    {
        var last = to is null ? Today(zone, now) : ParseDate(to, "to");
        var first = from is null ? new DateOnly(last.Year, last.Month, 1) : ParseDate(from, "from");
        if (first > last)
        {
            throw new ReportException(
                "from", $"The period begins on {Text(first)} and ends on {Text(last)}. Write the earlier day first; both days count.");
        }

        var period = new ReportPeriod(first, last, zone);
        return period.Length <= MaxDays
            ? period
            : throw new ReportException("from", $"The period has {period.Length} days. Ask for at most {MaxDays} at a time.");
    }

    /// <summary>A calendar month.</summary>
    /// <param name="month">As <c>2026-11</c>; null for the last one that is over.</param>
    /// <exception cref="ReportException">It is none.</exception>
    public static ReportPeriod ParseMonth(string? month, TimeZoneInfo zone, DateTimeOffset now)
    {
        DateOnly first;
        if (month is null)
        {
            var today = Today(zone, now);
            first = new DateOnly(today.Year, today.Month, 1).AddMonths(-1);
        }
        else if (!DateOnly.TryParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out first) || !IsOfOurTime(first))
        {
            throw new ReportException("month", $"'{month}' is no month. Write one as 2026-11.");
        }

        return new ReportPeriod(first, first.AddMonths(1).AddDays(-1), zone);
    }

    /// <summary>The fiscal month that a day is in.</summary>
    /// <param name="day">As <c>2026-11-15</c>.</param>
    /// <param name="calendar">Null when the policies have none.</param>
    /// <exception cref="ReportException">It is no day, or there is no fiscal calendar.</exception>
    public static ReportPeriod ParseFiscalMonth(string day, TimeZoneInfo zone, FiscalCalendar? calendar)
    {
        if (calendar is null)
        {
            throw new ReportException("fiscal-month-of", "The policies have no fiscal calendar. Write 'fiscal' into budgets.yaml, or ask for a month.");
        }

        var (start, next) = FiscalDates.MonthOf(ParseDate(day, "fiscal-month-of"), calendar);
        return new ReportPeriod(start, next.AddDays(-1), zone);
    }

    public static DateOnly Today(TimeZoneInfo zone, DateTimeOffset now) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

    /// <summary>As many days, right before it.</summary>
    public ReportPeriod Before(int days) => new(From.AddDays(-days), From.AddDays(-1), Zone);

    /// <summary>Both together.</summary>
    /// <param name="later">A period that follows, in the same zone.</param>
    public ReportPeriod Through(ReportPeriod later) => new(From, later.To, Zone);

    /// <summary>The calendar month that its first day is in.</summary>
    public ReportPeriod MonthOfStart()
    {
        var first = new DateOnly(From.Year, From.Month, 1);
        return new ReportPeriod(first, first.AddMonths(1).AddDays(-1), Zone);
    }

    public override string ToString() => $"{Text(From)} to {Text(To)}, {Zone.Id}";

    public static string Text(DateOnly date) => date.ToString(DateFormat, CultureInfo.InvariantCulture);

    private static DateOnly ParseDate(string text, string parameter) =>
        DateOnly.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && IsOfOurTime(date)
            ? date
            : throw new ReportException(parameter, $"'{text}' is no day. Write one as 2026-11-01.");

    /// <summary>Far from both ends of what <see cref="DateTimeOffset"/> can hold.</summary>
    private static bool IsOfOurTime(DateOnly date) => date.Year is > 1970 and < 9000;
}
