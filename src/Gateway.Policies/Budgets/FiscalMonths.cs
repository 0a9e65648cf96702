using System.Globalization;

namespace Gateway.Policies;

/// <summary>Months that begin on the same day of each calendar month.</summary>
/// <param name="StartsOn">1 to 31; in a month that is shorter, its last day.</param>
public sealed record FiscalMonths(int StartsOn) : FiscalCalendar
{
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"from-{StartsOn}");
}
