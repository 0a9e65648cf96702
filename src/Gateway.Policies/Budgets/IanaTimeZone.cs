using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Gateway.Policies.Validation;

namespace Gateway.Policies;

/// <summary>Time zones by their names in the IANA database, which mean the same on every machine.</summary>
public static partial class IanaTimeZone
{
    /// <summary>
    /// <c>UTC</c> or a name with a slash, as the database spells it. Its few other names are abbreviations, some of them without daylight saving
    /// (<c>EST</c>), and old links.
    /// </summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        if (name == "UTC")
        {
            zone = TimeZoneInfo.Utc;
            return true;
        }

        // The library would take a Windows name, another case, and any file of the database's folder.
        if (Name().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone) && zone.Id == name)
        {
            return true;
        }

        zone = null;
        return false;
    }

    /// <summary>What was probably meant by a name that is none; null when nothing is close to it.</summary>
    public static string? Guess(string name) => TimeZoneInfo.TryConvertWindowsIdToIanaId(name, out var id)
        ? id
        : Suggestion.Closest(name, TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).Where(id => Name().IsMatch(id)).Append("UTC"));

    /// <summary>A file below <c>posix/</c> or <c>right/</c> is no name; the latter count leap seconds.</summary>
    [GeneratedRegex(@"\A(?!posix/|right/)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){1,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
