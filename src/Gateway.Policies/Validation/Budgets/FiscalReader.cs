using System.Globalization;

namespace Gateway.Policies.Validation;

/// <summary>Reads <c>fiscal</c> of <c>budgets.yaml</c>.</summary>
internal static class FiscalReader
{
    private const string Example = "Write { monthStartsOn: 15 }, or { calendar: 4-4-5, yearStart: 2026-02-01 }";
    private const string YearStartFix = "Write the first day of any fiscal year, such as 2026-02-01";
    private const string NearFix = "Write month and day, such as 02-01, but not 02-29, which most years lack";
    private const int MostDaysFromNear = 3;

    /// <summary>A year without a 29 February, which a date that comes every year cannot be on.</summary>
    private const string CommonYear = "2001-";

    public static FiscalCalendar? Read(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("monthStartsOn", "calendar", "yearStart", "yearStartNear");
        var calendar = section.Find("calendar");
        if (section.Find("monthStartsOn") is { } day)
        {
            section.RefuseEach(
                ["calendar", "yearStart", "yearStartNear"],
                "The fiscal months begin by the calendar's, with monthStartsOn, or are of whole weeks, not both.",
                "Remove this key, or remove monthStartsOn");
            return day.AsInteger(1, 31) is { } startsOn ? new FiscalMonths(startsOn) : null;
        }

        if (calendar is null)
        {
            field.Error("Nothing says when fiscal months begin.", Example);
            return null;
        }

        return ReadWeeks(section, calendar.Value);
    }

    private static FiscalWeeks? ReadWeeks(Section section, Field calendar)
    {
        var pattern = calendar.AsOneOf(FiscalPatternNames.All);
        var start = section.Require("yearStart", YearStartFix)?.AsDate("", YearStartFix);
        var nearField = section.Find("yearStartNear");
        var near = nearField?.AsDate(CommonYear, NearFix);
        if (start is not { } first || pattern is not { } weeks || (nearField is not null && near is null))
        {
            return null;
        }

        if (near is null && first is { Month: 2, Day: 29 })
        {
            section.Find("yearStart")?.Error(
                "Most years have no 29 February to begin near.",
                "Add yearStartNear, such as 02-28, or write the start of another year");
            return null;
        }

        var date = near ?? first;
        if (DaysBetween(first, date.Month, date.Day) > MostDaysFromNear)
        {
            nearField?.Error(
                $"yearStart is more than {MostDaysFromNear} days from it, so that its weekday comes nearer in that year.",
                $"Write a date at most {MostDaysFromNear} days from yearStart, or correct yearStart");
            return null;
        }

        return new FiscalWeeks(weeks, first.DayOfWeek, date.Month, date.Day);
    }

    /// <summary>Up to the nearest such date, be it in the year before or after.</summary>
    private static int DaysBetween(DateOnly first, int month, int day) => Enumerable.Range(first.Year - 1, 3)
        .Min(year => Math.Abs(new DateOnly(year, month, day).DayNumber - first.DayNumber));

    /// <param name="year">Goes before the text, when that has no year of its own.</param>
    private static DateOnly? AsDate(this Field field, string year, string fix)
    {
        const int FirstYear = 1970;
        const int LastYear = 2199;
        if (field.AsText() is not { } text)
        {
            return null;
        }

        if (!DateOnly.TryParseExact(year + text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            || date.Year is < FirstYear or > LastYear)
        {
            field.Error($"{Quote.Of(text)} is no such date.", fix);
            return null;
        }

        return date;
    }
}
