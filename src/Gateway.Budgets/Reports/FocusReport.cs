using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using static Gateway.Budgets.Reports.ReportTable;

namespace Gateway.Budgets.Reports;

/// <summary>
/// Spending as a dataset of FOCUS 1.2 (https://focus.finops.org/focus-specification/v1-2/): a row for each day, payer and model. All its
/// mandatory columns, those of the others that have something to say, in the alphabetical order of the specification, and behind them the gateway's
/// own, with <c>x_</c>. Null is an empty field.
/// </summary>
/// <remarks>
/// The gateway is what its callers buy from: a team is the sub account of its organization. Prices differ by kind of token and the ledger rounds
/// once per request, so that a row has no unit price, and the columns of unit prices, which are conditional, are left out; billed, effective,
/// contracted and list cost are the same. Usage is not recorded where nothing was used, so that requests without tokens and without cost are in no row;
/// where there is a cost and no count of tokens, what is counted is requests. Tokens are consumed one by one and priced by the million, as prices are written.
/// </remarks>
public static class FocusReport
{
    /// <summary>The billing account of keys without an organization, and its name.</summary>
    public const string DefaultAccount = "default";

    private const string Gateway = "gateway";

    /// <summary>The price list is providers.yaml, in US dollars per so many tokens.</summary>
    private const decimal PricedTokens = 1_000_000;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly ImmutableArray<SpendDimension> By =
    [
        SpendDimension.Organization, SpendDimension.Team, SpendDimension.Project, SpendDimension.Key, SpendDimension.User, SpendDimension.TagSet,
        SpendDimension.Provider, SpendDimension.Model,
    ];

    private static readonly ImmutableArray<(ReportColumn Column, Func<FocusCharge, object?> Value)> Columns =
    [
        (Money("BilledCost"), charge => charge.Sum.Cost),
        (Text("BillingAccountId"), charge => charge.Account),
        (Text("BillingAccountName"), charge => charge.Account),
        (Text("BillingCurrency"), _ => "USD"),
        (Text("BillingPeriodEnd"), charge => ReportTime.Seconds(charge.Day.MonthOfStart().End)),
        (Text("BillingPeriodStart"), charge => ReportTime.Seconds(charge.Day.MonthOfStart().Start)),
        (Text("ChargeCategory"), _ => "Usage"),
        (Text("ChargeClass"), _ => null),
        (Text("ChargeDescription"), charge => charge.Description),
        (Text("ChargeFrequency"), _ => "Usage-Based"),
        (Text("ChargePeriodEnd"), charge => ReportTime.Seconds(charge.Day.End)),
        (Text("ChargePeriodStart"), charge => ReportTime.Seconds(charge.Day.Start)),
        (Count("ConsumedQuantity"), charge => charge.Quantity),
        (Text("ConsumedUnit"), charge => charge.Unit),
        (Money("ContractedCost"), charge => charge.Sum.Cost),
        (Money("EffectiveCost"), charge => charge.Sum.Cost),
        (Text("InvoiceIssuerName"), charge => charge.Issuer),
        (Money("ListCost"), charge => charge.Sum.Cost),
        (new("PricingQuantity", ReportKind.Number), charge => charge.PricingQuantity),
        (Text("PricingUnit"), charge => charge.PricingUnit),
        (Text("ProviderName"), charge => charge.Issuer),
        (Text("PublisherName"), charge => charge.Issuer),
        (Text("ResourceId"), charge => charge.Resource),
        (Text("ResourceName"), charge => charge.Model),
        (Text("ResourceType"), charge => charge.Resource is null ? null : "Model"),
        (Text("ServiceCategory"), _ => "AI and Machine Learning"),
        (Text("ServiceName"), _ => "LLM inference"),
        (Text("ServiceSubcategory"), _ => "Generative AI"),
        (Text("SubAccountId"), charge => charge.Team),
        (Text("SubAccountName"), charge => charge.Team),
        (new("Tags", ReportKind.Json), charge => charge.Tags),
        (Count("x_CachedInputTokens"), charge => charge.Sum.CachedInputTokens),
        (Money("x_EstimatedCost"), charge => charge.Sum.EstimatedCost),
        (Money("x_HoldCost"), charge => charge.Sum.HoldCost),
        (Count("x_InputTokens"), charge => charge.Sum.InputTokens),
        (Text("x_KeyId"), charge => charge.Key),
        (Count("x_OutputTokens"), charge => charge.Sum.OutputTokens),
        (Text("x_ProjectId"), charge => charge.Project),
        (Count("x_ReasoningTokens"), charge => charge.Sum.ReasoningTokens),
        (Count("x_Requests"), charge => charge.Sum.Requests),
        (Text("x_UserId"), charge => charge.User),
    ];

    public static async Task<ReportTable> RunAsync(LedgerQueries queries, ReportPeriod period, ReportScope scope, CancellationToken cancellationToken = default)
    {
        var rows = await queries.SpendAsync(period.Days, By, scope, cancellationToken);
        return new ReportTable
        {
            Name = "focus",
            Facts = FactsOf(period, scope),
            Columns = [.. Columns.Select(column => column.Column)],
            Rows = SpendReport.InOrder(rows).Select(FocusCharge.Of).Where(charge => charge.Sum is not { Tokens: 0, Cost: 0 })
                .Select(charge => (IReadOnlyList<object?>)[.. Columns.Select(column => column.Value(charge))])
                .ToAsyncEnumerable(),
        };
    }

    private sealed record FocusCharge(
        ReportPeriod Day,
        string? Organization,
        string? Team,
        string? Project,
        string? Key,
        string? User,
        string? Tags,
        string? Provider,
        string? Model,
        SpendSum Sum)
    {
        public string Account => Organization ?? DefaultAccount;

        public long Quantity => Sum.Tokens > 0 ? Sum.Tokens : Sum.Requests;

        public string Unit => Sum.Tokens > 0 ? "Tokens" : "Requests";

        public decimal PricingQuantity => Sum.Tokens > 0 ? Sum.Tokens / PricedTokens : Sum.Requests;

        public string PricingUnit => Sum.Tokens > 0 ? string.Create(CultureInfo.InvariantCulture, $"{PricedTokens} Tokens") : "Requests";

        /// <summary>Requests that no provider was asked for are the gateway's own.</summary>
        public string Issuer => Provider ?? Gateway;

        public string? Resource => Model is null ? null : $"{Issuer}/{Model}";

        public string Description =>
            string.Create(CultureInfo.InvariantCulture, $"{Resource ?? Issuer}: {Sum.Requests} requests, {Sum.Tokens} tokens");

        public static FocusCharge Of(SpendRow row) => new(
            row.Period, Given(row.Keys[0]), Given(row.Keys[1]), Given(row.Keys[2]), Given(row.Keys[3]), Given(row.Keys[4]), KeyValues(row.Keys[5]),
            Given(row.Keys[6]), Given(row.Keys[7]), row.Sum);

        /// <summary>A FOCUS column is null or has a value, never an empty text.</summary>
        private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

        /// <summary>A tag that has no value is true, by the rules of the column. Null when there are none.</summary>
        private static string? KeyValues(string? tags) => JsonSerializer.Deserialize<string[]>(tags ?? "[]", Plain) is { Length: > 0 } names
            ? JsonSerializer.Serialize(names.ToDictionary(name => name, _ => true), Plain)
            : null;
    }
}
