namespace Gateway.Budgets.Reports;

/// <summary>A column of a report.</summary>
/// <param name="Name">In snake case; that of money ends with <c>_usd</c>.</param>
public sealed record ReportColumn(string Name, ReportKind Kind);
