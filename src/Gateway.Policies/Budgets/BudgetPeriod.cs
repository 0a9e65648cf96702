namespace Gateway.Policies;

/// <summary>After how long a limit begins anew. The names in files are in snake case: <c>fiscal_month</c>.</summary>
public enum BudgetPeriod
{
    Minute,
    Hour,
    Day,

    /// <summary>From Monday to Sunday (ISO 8601).</summary>
    Week,

    /// <summary>The calendar's month.</summary>
    Month,

    /// <summary>A month of the policy's <see cref="FiscalCalendar"/>.</summary>
    FiscalMonth,

    /// <summary>Never.</summary>
    Lifetime,
}
