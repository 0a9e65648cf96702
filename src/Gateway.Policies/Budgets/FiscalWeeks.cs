namespace Gateway.Policies;

/// <summary>
/// Months of whole weeks. A year begins on the given weekday, at most three days from the given date, and so has 52 or 53 weeks. The 53rd
/// belongs to the year's last month.
/// </summary>
/// <remarks>
/// Both rules in use are of this kind. The one of the US National Retail Federation, whose year ends on the Saturday nearest to 31 January, is
/// the Sunday nearest to 1 February. A year that ends on the last Saturday of September begins on a Sunday from 25 September to 1 October, and
/// that is the Sunday nearest to 28 September.
/// </remarks>
/// <param name="Pattern">How the 13 weeks of a quarter make three months.</param>
/// <param name="FirstDay">The weekday on which years, and so months and weeks, begin.</param>
/// <param name="NearMonth">The month of the date that a year begins nearest to: 1 to 12.</param>
/// <param name="NearDay">The day of it; 29 February is none.</param>
public sealed record FiscalWeeks(FiscalPattern Pattern, DayOfWeek FirstDay, int NearMonth, int NearDay) : FiscalCalendar
{
    public override string Name => FiscalPatternNames.Of(Pattern);
}
