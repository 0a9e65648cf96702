namespace Gateway.Budgets.Reports;

/// <summary>What a report says once, beside its rows.</summary>
/// <param name="Name">In snake case; that of money ends with <c>_usd</c>.</param>
/// <param name="Value">As in a row.</param>
public sealed record ReportFact(string Name, object Value, ReportKind Kind = ReportKind.Text);
