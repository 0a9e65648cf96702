using System.Collections.Immutable;

namespace Gateway.Budgets.Invoices;

/// <summary>The layout of a provider's export, known by its columns. Columns that are not named here may be there, and do not matter.</summary>
/// <param name="Name">For people.</param>
/// <param name="Columns">All of these make a file one of this format.</param>
/// <param name="HasCosts">Whether it says what things cost.</param>
/// <param name="HasTokens">Whether it says how many tokens there were.</param>
public sealed record InvoiceFormat(string Name, ImmutableArray<string> Columns, bool HasCosts, bool HasTokens)
{
    /// <summary>
    /// OpenAI, Usage, Costs, Export. One row for each bucket of time, and for each line item where the export is grouped by it, as
    /// <c>gpt-5-mini-2025-08-07, cached input</c>. Buckets without costs have empty rows.
    /// </summary>
    public static readonly InvoiceFormat OpenAICosts = new(
        "OpenAI costs", ["start_time", "end_time", "amount_value", "amount_currency"], HasCosts: true, HasTokens: false)
    {
        Read = OpenAIExports.ReadCosts,
    };

    /// <summary>OpenAI, Usage, Completions, Export. Buckets without requests have empty rows. Cached input is part of input.</summary>
    public static readonly InvoiceFormat OpenAIUsage = new(
        "OpenAI usage",
        ["start_time", "end_time", "model", "num_model_requests", "input_tokens", "input_cached_tokens", "output_tokens"],
        HasCosts: false,
        HasTokens: true)
    {
        Read = OpenAIExports.ReadUsage,
    };

    /// <summary>Anthropic Console, Cost, Export: one row for each day in UTC, model and kind of token. Models are written as <c>Claude Haiku 4.5</c>.</summary>
    public static readonly InvoiceFormat AnthropicCosts = new(
        "Anthropic costs", ["usage_date_utc", "model", "token_type", "cost_usd"], HasCosts: true, HasTokens: false)
    {
        Read = AnthropicExports.ReadCosts,
    };

    /// <summary>Anthropic Console, Usage, Export: one row for each day in UTC and model.</summary>
    public static readonly InvoiceFormat AnthropicUsage = new(
        "Anthropic usage",
        ["usage_date_utc", "model_version", "usage_input_tokens_no_cache", "usage_input_tokens_cache_read", "usage_output_tokens"],
        HasCosts: false,
        HasTokens: true)
    {
        Read = AnthropicExports.ReadUsage,
    };

    /// <summary>
    /// DeepSeek Platform, Usage, Export, <c>amount-*.csv</c>: one row for each day, model, key and kind of token, with the price of one. Days are in
    /// <c>utc_date</c>, as 20260701 or 2026-07-01, or between <c>start_time_iso</c> and <c>end_time_iso</c>.
    /// </summary>
    public static readonly InvoiceFormat DeepSeekAmounts = new("DeepSeek amounts", ["model", "type", "price", "amount"], HasCosts: true, HasTokens: true)
    {
        Read = DeepSeekExports.ReadAmounts,
    };

    /// <summary>DeepSeek Platform, Usage, Export, <c>cost-*.csv</c>: one row for each day, model and wallet. Days as in the other.</summary>
    public static readonly InvoiceFormat DeepSeekCosts = new("DeepSeek costs", ["model", "cost", "currency"], HasCosts: true, HasTokens: false)
    {
        Read = DeepSeekExports.ReadCosts,
    };

    public static ImmutableArray<InvoiceFormat> All { get; } = [OpenAICosts, OpenAIUsage, AnthropicCosts, AnthropicUsage, DeepSeekAmounts, DeepSeekCosts];

    /// <summary>Reads a row; null for one without content.</summary>
    public required Func<InvoiceRow, InvoiceLine?> Read { get; init; }
}
