namespace Gateway.Budgets;

/// <summary>Spans of whole dates on the clocks of a zone: days, weeks and months.</summary>
internal static class DateSpans
{
    /// <param name="zone">Whose clocks they go by.</param>
    /// <param name="datesOf">The first date of the span that a date is in, and the first date after it.</param>
    /// <param name="instant">The moment that the span is around.</param>
    public static (DateTimeOffset Start, DateTimeOffset End) At(
        TimeZoneInfo zone, Func<DateOnly, (DateOnly Start, DateOnly Next)> datesOf, DateTimeOffset instant)
    {
        var utc = instant.ToUniversalTime();
        var dates = datesOf(DateOnly.FromDateTime((utc + zone.GetUtcOffset(utc)).DateTime));
        while (true)
        {
            var end = StartOf(zone, dates.Next);
            if (utc < end)
            {
                return (StartOf(zone, dates.Start), end);
            }

            // Clocks went back over midnight: they show a date that is over.
            dates = datesOf(dates.Next);
        }
    }

    /// <summary>The first moment at which the zone's clocks show the date's midnight or a later time.</summary>
    public static DateTimeOffset StartOf(TimeZoneInfo zone, DateOnly date)
    {
        // Offsets are at most 14 hours, so before the first of these moments no clock has come so far, and at the second every clock has.
        var midnight = new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var (before, after) = (midnight.AddHours(-15), midnight.AddHours(15));
        var offset = zone.GetUtcOffset(before);
        var start = midnight - offset;

        // Of all changes of clocks that the database knows, no two of a zone are less than 95 hours apart: there is none or one.
        var later = zone.GetUtcOffset(after);
        if (offset == later)
        {
            return start;
        }

        var change = OffsetChange.Between(zone, before, after);
        if (start < change)
        {
            return start;
        }

        var startAfter = midnight - later;
        return startAfter > change ? startAfter : change;
    }
}
