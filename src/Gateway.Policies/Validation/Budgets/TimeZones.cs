using System.Text.RegularExpressions;

namespace Gateway.Policies.Validation;

/// <summary>Time zones in policy files: names of the IANA database, which mean the same on every machine.</summary>
internal static partial class TimeZones
{
    private const string Fix = "Write an IANA name such as Europe/Berlin, or UTC";

    /// <summary>
    /// <c>UTC</c> or a name with a slash. The database's few other names are abbreviations, some of them without daylight saving
    /// (<c>EST</c>), and old links.
    /// </summary>
    public static TimeZoneInfo? AsTimeZone(this Field field)
    {
        if (field.AsText() is not { } name)
        {
            return null;
        }

        if (name == "UTC")
        {
            return TimeZoneInfo.Utc;
        }

        // The library would take a Windows name, another case, and any file of the database's folder.
        if (Name().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.Id == name)
        {
            return zone;
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById("Europe/London", out _))
        {
            field.Error("This machine has no time zones.", "Install its package of the IANA database (tzdata)");
            return null;
        }

        field.Error($"{Quote.Of(name)} is no time zone.", Guess(name) is { } meant ? $"Did you mean {Quote.Of(meant)}?" : Fix);
        return null;
    }

    private static string? Guess(string name) => TimeZoneInfo.TryConvertWindowsIdToIanaId(name, out var id)
        ? id
        : Suggestion.Closest(name, TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).Where(id => Name().IsMatch(id)).Append("UTC"));

    /// <summary>A file below <c>posix/</c> or <c>right/</c> is no name; the latter count leap seconds.</summary>
    [GeneratedRegex(@"\A(?!posix/|right/)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){1,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
