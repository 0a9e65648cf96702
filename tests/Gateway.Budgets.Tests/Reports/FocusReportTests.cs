using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsvHelper;
using Gateway.Budgets.Reports;
using static Gateway.Budgets.Tests.Reports.TestLedger;

namespace Gateway.Budgets.Tests.Reports;

/// <summary>The rules of FOCUS 1.2, column by column, as its specification states them.</summary>
public sealed partial class FocusReportTests : IAsyncLifetime
{
    /// <summary>What the specification lets be null, and is here where a request has nothing of the kind; all others always have a value.</summary>
    private static readonly ImmutableHashSet<string> Nullable =
        ["ChargeClass", "ResourceId", "ResourceName", "ResourceType", "SubAccountId", "SubAccountName", "Tags", "x_KeyId", "x_ProjectId", "x_UserId"];

    /// <summary>Of what is a fixed word here. <c>null</c> is the only word of ChargeClass for what corrects nothing.</summary>
    private static readonly ImmutableDictionary<string, string> Words = ImmutableDictionary.CreateRange<string, string>(
    [
        new("BillingCurrency", "USD"), new("ChargeCategory", "Usage"), new("ChargeClass", ""), new("ChargeFrequency", "Usage-Based"),
        new("ServiceCategory", "AI and Machine Learning"), new("ServiceSubcategory", "Generative AI"),
    ]);

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
            Entry("2026-11-15T12:00Z", 5_000, "search", "", "") with { Attempts = [], Tokens = new LedgerTokens(0, 0, 0, 0), Basis = CostBasis.Hold },
            Entry("2026-11-16T12:00Z", 0, "search", "", "") with { Attempts = [], Tokens = new LedgerTokens(0, 0, 0, 0), Outcome = LedgerOutcome.Failed });
        await ReadAsync();
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public void Columns_AreThoseOfTheSpecificationInItsOrderThenOnesOwn()
    {
        var own = _columns.Where(column => column.StartsWith("x_", StringComparison.Ordinal)).ToList();
        var known = FocusColumn.All.Select(column => column.Name).ToList();

        Assert.Equal(57, known.Distinct().Count());
        Assert.Empty(FocusColumn.All.Where(column => column.Level == "Mandatory").Select(column => column.Name).Except(_columns));
        Assert.Equal([.. known.Where(column => _columns.Contains(column)), .. own.Order(StringComparer.Ordinal)], _columns);
        Assert.Equal(known.Order(StringComparer.Ordinal), known);
        Assert.All(_columns, column => Assert.Matches("^(x_)?[A-Z][A-Za-z]{1,49}$", column));
    }

    [Fact]
    public void Values_AreOfTheTypeOfTheirColumn() => Assert.All(FocusColumn.All.Where(column => _columns.Contains(column.Name)), column =>
    {
        Assert.True(column.AllowsNulls || !Nullable.Contains(column.Name), $"{column.Name} may not be null.");
        foreach (string value in Values(column.Name).Where(value => value.Length > 0))
        {
            Assert.True(
                column.Type switch
                {
                    "String" => value.Trim().Length > 0,
                    "Enum" => value == Words[column.Name],
                    "Decimal" => Decimal().IsMatch(value),
                    "DateTime" => Moment().IsMatch(value),
                    "Json" => JsonDocument.Parse(value).RootElement.ValueKind == JsonValueKind.Object,
                    _ => false,
                },
                $"{column.Name} cannot be '{value}'.");
        }
    });

    [Fact]
    public void Rows_OneForEachDayPayerAndModel()
    {
        Assert.Equal(3, _rows.Length);
        Assert.Equal(["2.469135782", "0.009", "0.000005"], Values("BilledCost"));
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

    [Fact]
    public void Costs_WithoutDiscountsAndCommitments_AreTheSame() => Assert.All(
        _rows, row => Assert.Single(new[] { row["BilledCost"], row["ContractedCost"], row["EffectiveCost"], row["ListCost"] }.Distinct()));

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

    [Fact]
    public void Words_AreThoseThatTheSpecificationAllows() => Assert.All(Words, word => Assert.All(Values(word.Key), value => Assert.Equal(word.Value, value)));

    [Fact]
    public void Payers_AreOrganizationAndTeam()
    {
        Assert.Equal(["acme", "default", "acme"], Values("BillingAccountId"));
        Assert.Equal(Values("BillingAccountId"), Values("BillingAccountName"));
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
    public void Quantities_AreAllTokensOrRequestsAndNever0()
    {
        Assert.Equal(["308", "154", "1"], Values("ConsumedQuantity"));
        Assert.Equal(["Tokens", "Tokens", "Requests"], Values("ConsumedUnit"));
        Assert.All(_rows.Where(row => row["ConsumedUnit"] == "Tokens"), row => Assert.Equal(
            long.Parse(row["ConsumedQuantity"], CultureInfo.InvariantCulture),
            ((string[])["x_InputTokens", "x_CachedInputTokens", "x_OutputTokens", "x_ReasoningTokens"]).Sum(column => long.Parse(row[column], CultureInfo.InvariantCulture))));
    }

    /// <summary>PricingUnit must mean what the price list does, and prices are written per million tokens.</summary>
    [Fact]
    public void Quantities_ArePricedInTheUnitOfThePriceList()
    {
        Assert.Equal(["0.000308", "0.000154", "1"], Values("PricingQuantity"));
        Assert.Equal(["1000000 Tokens", "1000000 Tokens", "Requests"], Values("PricingUnit"));
    }

    [Fact]
    public void Tags_AreAJsonObjectInWhichATagWithoutValueIsTrue()
    {
        var tags = JsonDocument.Parse(_rows[0]["Tags"]).RootElement;

        Assert.Equal(["batch", "cost center: \"7\""], tags.EnumerateObject().Select(tag => tag.Name));
        Assert.All(tags.EnumerateObject(), tag => Assert.Equal(JsonValueKind.True, tag.Value.ValueKind));
        Assert.Equal("", _rows[1]["Tags"]);
    }

    [GeneratedRegex(@"^-?\d+(\.\d+)?$")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
    private static partial Regex Moment();

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
