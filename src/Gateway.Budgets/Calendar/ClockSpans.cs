namespace Gateway.Budgets;

/// <summary>Spans of equal length that begin with the minutes or hours that the clocks of a zone show.</summary>
internal static class ClockSpans
{
    /// <param name="zone">Whose clocks they go by.</param>
    /// <param name="length">A minute or an hour.</param>
    /// <param name="instant">The moment that the span is around.</param>
    public static (DateTimeOffset Start, DateTimeOffset End) At(TimeZoneInfo zone, TimeSpan length, DateTimeOffset instant)
    {
        var utc = instant.ToUniversalTime();
        var offset = zone.GetUtcOffset(utc);
        var start = utc.AddTicks(-((utc + offset).Ticks % length.Ticks));
        var end = start + length;
        var last = end.AddTicks(-1);
        return (
            IsInStep(zone.GetUtcOffset(start), offset, length) ? start : OffsetChange.Between(zone, start, utc),
            IsInStep(zone.GetUtcOffset(last), offset, length) ? end : OffsetChange.Between(zone, utc, last));
    }

    /// <summary>Whether spans begin at the same moments under both offsets.</summary>
    private static bool IsInStep(TimeSpan offset, TimeSpan other, TimeSpan length) => (offset - other).Ticks % length.Ticks == 0;
}
