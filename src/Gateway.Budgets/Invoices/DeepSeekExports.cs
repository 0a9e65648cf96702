namespace Gateway.Budgets.Invoices;

/// <summary>Rows of the exports of DeepSeek's platform.</summary>
internal static class DeepSeekExports
{
    public static InvoiceLine ReadAmounts(InvoiceRow row)
    {
        var (start, end) = Span(row);
        long amount = row.Count("amount");
        var tokens = row.Text("type") switch
        {
            "input_cache_miss_tokens" => new InvoiceTokens(amount, 0, 0),
            "input_cache_hit_tokens" => new InvoiceTokens(0, amount, 0),
            "output_tokens" => new InvoiceTokens(0, 0, amount),

            // Requests, and sums of the kinds above.
            _ => InvoiceTokens.None,
        };
        decimal price = row.Text("price").Length == 0 ? 0 : row.Decimal("price");
        return new InvoiceLine(start, end, row.Text("model"), row.Money(price, "price", row.Text("currency"), amount), tokens);
    }

    public static InvoiceLine ReadCosts(InvoiceRow row)
    {
        var (start, end) = Span(row);
        return new InvoiceLine(start, end, row.Text("model"), row.Money(row.Decimal("cost"), "cost", row.Text("currency")), Tokens: null);
    }

    private static (DateTimeOffset Start, DateTimeOffset End) Span(InvoiceRow row) =>
        row.Has("start_time_iso") ? (row.Time("start_time_iso"), row.Time("end_time_iso")) : row.Day("utc_date");
}
