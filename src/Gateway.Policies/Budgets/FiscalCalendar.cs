namespace Gateway.Policies;

/// <summary>How a company divides its year into months for its books. The two kinds there are derive from it.</summary>
public abstract record FiscalCalendar
{
    /// <summary>What the calendar is called in the ids of windows, such as <c>4-4-5</c>.</summary>
    public abstract string Name { get; }
}
