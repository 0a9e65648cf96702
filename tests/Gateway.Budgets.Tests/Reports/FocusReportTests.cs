using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Gateway.Budgets.Reports;
using static Gateway.Budgets.Tests.Reports.TestLedger;

namespace Gateway.Budgets.Tests.Reports;

/// <summary>The rules of FOCUS 1.2, column by column, as its specification states them.</summary>
public sealed class FocusReportTests : IAsyncLifetime
{
    /// <summary>Feature level Mandatory.</summary>
    private static readonly ImmutableArray<string> Mandatory =
    [
        "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass",
        "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity",
        "PricingUnit", "ProviderName", "PublisherName", "ServiceCategory", "ServiceName",
    ];

    /// <summary>All others of the specification.</summary>
    private static readonly ImmutableArray<string> Others =
    [
        "AvailabilityZone", "BillingAccountType", "CapacityReservationId", "CapacityReservationStatus", "ChargeFrequency", "CommitmentDiscountCategory",
        "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity", "CommitmentDiscountStatus", "CommitmentDiscountType", "CommitmentDiscountUnit",
        "ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "InvoiceId", "ListUnitPrice", "PricingCategory", "PricingCurrency",
        "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice", "RegionId", "RegionName", "ResourceId", "ResourceName",
        "ResourceType", "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName", "SubAccountType", "Tags",
    ];

    /// <summary>May be null.</summary>
    private static readonly ImmutableHashSet<string> Nullable =
        ["BillingAccountName", "ChargeClass", "ResourceId", "ResourceName", "ResourceType", "SubAccountId", "SubAccountName", "Tags", "x_KeyId", "x_ProjectId", "x_UserId"];

    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private TestLedger _ledger = null!;
    private ImmutableArray<string> _columns;
    private ImmutableArray<Dictionary<string, string>> _rows;

    public async ValueTask InitializeAsync()
    {
        _ledger = await NewAsync();
        var entry = Entry("2026-10-31T23:30Z", 1_234_567_891, "search", "deepseek-chat", "deepseek");
        await _ledger.AddAsync(
            entry with { Scopes = entry.Scopes with { Tags = ["batch", "cost center: \"7\""] } },
            entry with { RequestId = "second", Time = At("2026-11-01T05:00Z"), Scopes = entry.Scopes with { Tags = ["cost center: \"7\"", "batch"] } },
            Entry("2026-11-15T12:00Z", 9_000_000, null, "gateway-demo", "local") with { Scopes = new LedgerScopes() },
            Entry("2026-11-15T12:00Z", 0, "search", "", "") with { Attempts = [], Tokens = new LedgerTokens(0, 0, 0, 0), Outcome = LedgerOutcome.Failed });
        await ReadAsync();
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public void Columns_AreThoseOfTheSpecificationInItsOrderThenOnesOwn()
    {
        var own = _columns.Where(column => column.StartsWith("x_", StringComparison.Ordinal)).ToList();

        Assert.Empty(Mandatory.Except(_columns));
        Assert.Empty(_columns.Except(own).Except(Mandatory).Except(Others));
        Assert.Equal(57, Mandatory.Length + Others.Length);
        Assert.Equal([.. _columns.Except(own).Order(StringComparer.Ordinal), .. own.Order(StringComparer.Ordinal)], _columns);
        Assert.All(_columns, column => Assert.Matches("^(x_)?[A-Z][A-Za-z]{1,49}$", column));
    }

    [Fact]
    public void Rows_OneForEachDayPayerAndModel()
    {
        Assert.Equal(3, _rows.Length);
        Assert.Equal(["2.469135782", "0.009", "0.00"], Values("BilledCost"));
        Assert.Equal(["2", "1", "1"], Values("x_Requests"));
    }

    [Fact]
    public void Nulls_OnlyWhereTheColumnAllowsThemAndNeverAPlaceholder() => Assert.All(_rows, row => Assert.All(row, field =>
    {
        Assert.True(field.Value.Length > 0 || Nullable.Contains(field.Key), $"{field.Key} is null.");
        Assert.DoesNotMatch("(?i)^(n/?a|none|null|not applicable|-)$", field.Value);
    }));

    /// <summary>What the columns of a name, a type or a unit require of the column that they describe.</summary>
    [Theory]
    [InlineData("ResourceId", "ResourceType")]
    [InlineData("ResourceId", "ResourceName")]
    [InlineData("SubAccountId", "SubAccountName")]
    [InlineData("ConsumedQuantity", "ConsumedUnit")]
    [InlineData("PricingQuantity", "PricingUnit")]
    public void Nulls_OfAColumnThatDescribesAnother_AreWhereTheOtherIsNull(string described, string describing)
    {
        Assert.Contains(_rows, row => row[described].Length > 0);
        Assert.All(_rows, row => Assert.Equal(row[described].Length > 0, row[describing].Length > 0));
    }

    [Theory]
    [InlineData("BilledCost")]
    [InlineData("ContractedCost")]
    [InlineData("EffectiveCost")]
    [InlineData("ListCost")]
    [InlineData("PricingQuantity")]
    [InlineData("ConsumedQuantity")]
    public void Numbers_FollowTheNumericFormat(string column) => Assert.All(Values(column), value => Assert.Matches(@"^-?\d+(\.\d+)?$", value));

    [Fact]
    public void Costs_WithoutDiscountsAndCommitments_AreTheSame() => Assert.All(
        _rows, row => Assert.Single(new[] { row["BilledCost"], row["ContractedCost"], row["EffectiveCost"], row["ListCost"] }.Distinct()));

    [Theory]
    [InlineData("BillingPeriodStart")]
    [InlineData("BillingPeriodEnd")]
    [InlineData("ChargePeriodStart")]
    [InlineData("ChargePeriodEnd")]
    public void Times_AreInUtcByIso8601(string column) => Assert.All(Values(column), value => Assert.Matches(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$", value));

    [Fact]
    public void Periods_AreADayAndItsMonthOnTheClocksOfTheZone()
    {
        Assert.Equal(
            ("2026-10-31T23:00:00Z", "2026-11-01T23:00:00Z", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
            (_rows[0]["ChargePeriodStart"], _rows[0]["ChargePeriodEnd"], _rows[0]["BillingPeriodStart"], _rows[0]["BillingPeriodEnd"]));
        Assert.All(_rows, row => Assert.True(
            Time(row, "BillingPeriodStart") <= Time(row, "ChargePeriodStart") && Time(row, "ChargePeriodStart") < Time(row, "ChargePeriodEnd")
            && Time(row, "ChargePeriodEnd") <= Time(row, "BillingPeriodEnd")));
    }

    [Theory]
    [InlineData("BillingCurrency", "USD")]
    [InlineData("ChargeCategory", "Usage")]
    [InlineData("ChargeClass", "")]
    [InlineData("ChargeFrequency", "Usage-Based")]
    [InlineData("ConsumedUnit", "Tokens")]
    [InlineData("PricingUnit", "Tokens")]
    [InlineData("ServiceCategory", "AI and Machine Learning")]
    [InlineData("ServiceSubcategory", "Generative AI")]
    public void AllowedValues_AreThoseOfTheSpecification(string column, string value) => Assert.All(Values(column), found => Assert.Equal(value, found));

    [Fact]
    public void Payers_AreOrganizationAndTeam()
    {
        Assert.Equal(["acme", "default", "acme"], Values("BillingAccountId"));
        Assert.Equal(["acme", "", "acme"], Values("BillingAccountName"));
        Assert.Equal(["search", "", "search"], Values("SubAccountId"));
        Assert.Equal(["search", "", "search"], Values("SubAccountName"));
    }

    [Fact]
    public void Providers_AreWhoWasCalledOrTheGatewayItself()
    {
        foreach (string column in (string[])["ProviderName", "PublisherName", "InvoiceIssuerName"])
        {
            Assert.Equal(["deepseek", "local", "gateway"], Values(column));
        }

        Assert.Equal(["deepseek/deepseek-chat", "local/gateway-demo", ""], Values("ResourceId"));
        Assert.All(_rows, row => Assert.True(row["ResourceName"].Length == 0 || row["ResourceId"].EndsWith(row["ResourceName"], StringComparison.Ordinal)));
    }

    [Fact]
    public void Quantities_AreAllTokens()
    {
        Assert.Equal(["308", "154", "0"], Values("PricingQuantity"));
        Assert.All(_rows, row => Assert.Equal(
            long.Parse(row["PricingQuantity"], CultureInfo.InvariantCulture),
            ((string[])["x_InputTokens", "x_CachedInputTokens", "x_OutputTokens", "x_ReasoningTokens"]).Sum(column => long.Parse(row[column], CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void Tags_AreAJsonObjectInWhichATagWithoutValueIsTrue()
    {
        var tags = JsonDocument.Parse(_rows[0]["Tags"]).RootElement;

        Assert.Equal(["batch", "cost center: \"7\""], tags.EnumerateObject().Select(tag => tag.Name));
        Assert.All(tags.EnumerateObject(), tag => Assert.Equal(JsonValueKind.True, tag.Value.ValueKind));
        Assert.Equal("", _rows[1]["Tags"]);
    }

    private static DateTimeOffset Time(Dictionary<string, string> row, string column) => At(row[column]);

    private IEnumerable<string> Values(string column) => _rows.Select(row => row[column]);

    private async Task ReadAsync()
    {
        var period = ReportPeriod.Parse("2026-11-01", "2026-11-30", Berlin, default);
        string csv = string.Join('\n', await CsvAsync(await FocusReport.RunAsync(_ledger.Queries, period, ReportScope.Everybody)));
        using var reader = CsvReader.Create(new StringReader(csv), CsvReaderOptions.Default);
        List<Dictionary<string, string>> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(reader.Headers.ToArray().Select((name, index) => (name, Value: reader[index].ToString())).ToDictionary(field => field.name, field => field.Value));
        }

        _columns = [.. reader.Headers];
        _rows = [.. rows.OrderByDescending(row => row["x_Requests"]).ThenByDescending(row => decimal.Parse(row["BilledCost"], CultureInfo.InvariantCulture))];
    }
}
