namespace Gateway.Budgets.Reports;

/// <summary>What a group of requests came to.</summary>
/// <param name="Period">When they came.</param>
/// <param name="Keys">The group's values, in the order of the dimensions that are not of time.</param>
internal sealed record SpendRow(ReportPeriod Period, IReadOnlyList<string?> Keys, SpendSum Sum);
