namespace Gateway.Budgets.Invoices;

/// <summary>Rows of OpenAI's exports.</summary>
internal static class OpenAIExports
{
    public static InvoiceLine? ReadCosts(InvoiceRow row)
    {
        if (row.Text("amount_value").Length == 0)
        {
            return null;
        }

        long cost = row.Money(row.Decimal("amount_value"), "amount_value", row.Text("amount_currency"));
        string item = row.Text("line_item");
        return new InvoiceLine(row.UnixTime("start_time"), row.UnixTime("end_time"), item.Length == 0 ? null : Model(item), cost, Tokens: null);
    }

    public static InvoiceLine? ReadUsage(InvoiceRow row)
    {
        if (row.Text("num_model_requests").Length == 0)
        {
            return null;
        }

        long cached = row.Count("input_cached_tokens");
        long input = row.Count("input_tokens");
        if (cached > input)
        {
            throw row.Wrong("input_cached_tokens", "more than input_tokens, of which it is a part");
        }

        string model = row.Text("model");
        return new InvoiceLine(
            row.UnixTime("start_time"), row.UnixTime("end_time"), model.Length == 0 ? null : model, Cost: null,
            new InvoiceTokens(input - cached, cached, row.Count("output_tokens")));
    }

    /// <summary>
    /// The model of a line item such as <c>priority | gpt-5-2025-08-07, output, long context</c>. What is no model, such as <c>web search tool
    /// calls</c>, stays as it is.
    /// </summary>
    private static string Model(string item)
    {
        int bar = item.IndexOf('|', StringComparison.Ordinal);
        string rest = bar < 0 ? item : item[(bar + 1)..];
        return rest.Split(',')[0].Trim();
    }
}
