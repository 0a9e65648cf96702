using System.Globalization;

namespace Gateway.Budgets.Reports;

/// <summary>Moments in reports: UTC, by ISO 8601.</summary>
internal static class ReportTime
{
    /// <summary>With as many digits of a second as it has, up to 7.</summary>
    public static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>In whole seconds, as FOCUS wants it.</summary>
    public static string Seconds(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
