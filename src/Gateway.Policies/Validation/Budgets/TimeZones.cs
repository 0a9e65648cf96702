namespace Gateway.Policies.Validation;

/// <summary>Time zones in policy files.</summary>
internal static class TimeZones
{
    private const string Fix = "Write an IANA name such as Europe/Berlin, or UTC";

    /// <summary>A name of <see cref="IanaTimeZone"/>.</summary>
    public static TimeZoneInfo? AsTimeZone(this Field field)
    {
        if (field.AsText() is not { } name)
        {
            return null;
        }

        if (IanaTimeZone.TryFind(name, out var zone))
        {
            return zone;
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById("Europe/London", out _))
        {
            field.Error("This machine has no time zones.", "Install its package of the IANA database (tzdata)");
            return null;
        }

        field.Error($"{Quote.Of(name)} is no time zone.", IanaTimeZone.Guess(name) is { } meant ? $"Did you mean {Quote.Of(meant)}?" : Fix);
        return null;
    }
}
