using System.Globalization;
using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>
/// Finds the window that a moment lies in. The windows of a period follow each other without gap or overlap, whatever the clocks of the
/// zone do.
/// </summary>
/// <remarks>
/// <para>
/// Days, weeks and months begin when the zone's clocks first show midnight of their first date, or a later time: where clocks skip midnight,
/// a day begins with the first moment that exists, and a date that a zone skips has no window. Where clocks go back over midnight, the time
/// before it that comes a second time belongs to the day that has begun. Thus a day may last 23, 24 or 25 hours.
/// </para>
/// <para>
/// Minutes and hours last exactly 60 and 3600 seconds and begin with the minutes and hours that the zone's clocks show, so that two hours
/// may show the same local time. Only where clocks change by part of an hour (Lord Howe Island, 30 minutes), the hour of the change ends with
/// it, and the one after it begins there.
/// </para>
/// </remarks>
public static class BudgetCalendar
{
    /// <inheritdoc cref="WindowAt(BudgetPeriod, TimeZoneInfo, FiscalCalendar?, DateTimeOffset)"/>
    /// <param name="limit">Its period and time zone.</param>
    public static BudgetWindow WindowAt(BudgetLimit limit, FiscalCalendar? fiscal, DateTimeOffset instant)
    {
        ArgumentNullException.ThrowIfNull(limit);
        return WindowAt(limit.Period, limit.TimeZone, fiscal, instant);
    }

    /// <summary>The window that the moment lies in.</summary>
    /// <param name="period">How long windows are.</param>
    /// <param name="zone">Whose clocks they go by.</param>
    /// <param name="fiscal">Needed for fiscal months.</param>
    /// <param name="instant">More than a fiscal year away from the first and the last moment that .NET can name.</param>
    /// <exception cref="ArgumentNullException">The period is the fiscal month, and there is no fiscal calendar.</exception>
    public static BudgetWindow WindowAt(BudgetPeriod period, TimeZoneInfo zone, FiscalCalendar? fiscal, DateTimeOffset instant)
    {
        ArgumentNullException.ThrowIfNull(zone);
        switch (period)
        {
            case BudgetPeriod.Lifetime:
                return BudgetWindow.Lifetime;
            case BudgetPeriod.Minute:
                return Window(period, zone, fiscal, ClockSpans.At(zone, TimeSpan.FromMinutes(1), instant));
            case BudgetPeriod.Hour:
                return Window(period, zone, fiscal, ClockSpans.At(zone, TimeSpan.FromHours(1), instant));
            default:
                return Window(period, zone, fiscal, DateSpans.At(zone, date => DatesOf(period, fiscal, date), instant));
        }
    }

    private static (DateOnly Start, DateOnly Next) DatesOf(BudgetPeriod period, FiscalCalendar? fiscal, DateOnly date) => period switch
    {
        BudgetPeriod.Day => (date, date.AddDays(1)),
        BudgetPeriod.Week => WeekOf(date),
        BudgetPeriod.Month => FiscalDates.MonthOf(date, startsOn: 1),
        _ => FiscalDates.MonthOf(date, fiscal ?? throw new ArgumentNullException(nameof(fiscal))),
    };

    private static (DateOnly Start, DateOnly Next) WeekOf(DateOnly date)
    {
        var monday = date.AddDays(-(((int)date.DayOfWeek + 6) % 7));
        return (monday, monday.AddDays(7));
    }

    private static BudgetWindow Window(BudgetPeriod period, TimeZoneInfo zone, FiscalCalendar? fiscal, (DateTimeOffset Start, DateTimeOffset End) span)
    {
        var name = period == BudgetPeriod.FiscalMonth ? $"{BudgetPeriodNames.Of(period)}-{fiscal!.Name}" : BudgetPeriodNames.Of(period);
        var local = span.Start.ToOffset(zone.GetUtcOffset(span.Start));
        return new BudgetWindow(
            string.Create(CultureInfo.InvariantCulture, $"{span.Start:yyyy-MM-dd'T'HH:mm:ss'Z'}/{name}/{local:yyyy-MM-dd'T'HH:mm:sszzz}/{zone.Id}"),
            span.Start,
            span.End);
    }
}
