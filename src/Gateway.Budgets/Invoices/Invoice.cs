namespace Gateway.Budgets.Invoices;

/// <summary>A provider's usage export.</summary>
/// <param name="File">Its name.</param>
/// <param name="Format">What it was read as.</param>
public sealed record Invoice(string File, InvoiceFormat Format, IReadOnlyList<InvoiceLine> Lines);
