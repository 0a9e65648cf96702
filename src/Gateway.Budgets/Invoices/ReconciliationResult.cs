using Gateway.Budgets.Reports;

namespace Gateway.Budgets.Invoices;

/// <summary>How an invoice and the ledger compare.</summary>
/// <param name="IsMatched">Whether everything is the same to the cent.</param>
public sealed record ReconciliationResult(ReportTable Report, bool IsMatched);
