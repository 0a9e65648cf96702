namespace Gateway.Budgets.Invoices;

/// <summary>Rows of the exports of Anthropic's console.</summary>
internal static class AnthropicExports
{
    public static InvoiceLine ReadCosts(InvoiceRow row)
    {
        var (start, end) = row.Day("usage_date_utc");

        // Web searches and code execution have no model: they are lines of their own.
        string model = row.Text("model");
        string kind = row.Text("cost_type");
        string item = model.Length > 0 ? model : kind.Length > 0 ? kind : "other";
        return new InvoiceLine(start, end, item, row.Money(row.Decimal("cost_usd"), "cost_usd", "USD"), Tokens: null);
    }

    public static InvoiceLine ReadUsage(InvoiceRow row)
    {
        var (start, end) = row.Day("usage_date_utc");
        long input = row.Count("usage_input_tokens_no_cache") + row.Count("usage_input_tokens_cache_write_5m") + row.Count("usage_input_tokens_cache_write_1h");
        return new InvoiceLine(
            start, end, row.Text("model_version"), Cost: null,
            new InvoiceTokens(input, row.Count("usage_input_tokens_cache_read"), row.Count("usage_output_tokens")));
    }
}
