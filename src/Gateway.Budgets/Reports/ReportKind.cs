namespace Gateway.Budgets.Reports;

/// <summary>What the values of a column are.</summary>
public enum ReportKind
{
    /// <summary>A text, or null.</summary>
    Text,

    /// <summary>An integer, or null.</summary>
    Count,

    /// <summary>Nano-US-dollars, or null.</summary>
    Money,

    /// <summary>A double, or a decimal where a number must be exact and without an exponent; or null.</summary>
    Number,

    /// <summary>A moment in UTC.</summary>
    Time,

    /// <summary>A text that holds JSON, or null.</summary>
    Json,
}
