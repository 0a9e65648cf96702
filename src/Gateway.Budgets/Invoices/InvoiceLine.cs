namespace Gateway.Budgets.Invoices;

/// <summary>What a provider says of one span of time and one model. Several lines may speak of the same.</summary>
/// <param name="Start">The first moment of the span.</param>
/// <param name="End">The first moment after it.</param>
/// <param name="Model">As the provider writes it; null when the line is of all models together.</param>
/// <param name="Cost">In nano-US-dollars; null in an export of usage only.</param>
/// <param name="Tokens">Null in an export of costs only.</param>
public sealed record InvoiceLine(DateTimeOffset Start, DateTimeOffset End, string? Model, long? Cost, InvoiceTokens? Tokens);
