namespace Gateway.Budgets;

/// <summary>Finds the moment at which clocks change.</summary>
internal static class OffsetChange
{
    /// <summary>The first moment of the second offset.</summary>
    /// <param name="zone">Whose clocks change once between the two.</param>
    /// <param name="before">Before the change.</param>
    /// <param name="after">Not before the change.</param>
    public static DateTimeOffset Between(TimeZoneInfo zone, DateTimeOffset before, DateTimeOffset after)
    {
        var offset = zone.GetUtcOffset(before);
        var (low, high) = (before.UtcTicks, after.UtcTicks);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (zone.GetUtcOffset(new DateTimeOffset(middle, TimeSpan.Zero)) == offset)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return new DateTimeOffset(high, TimeSpan.Zero);
    }
}
