using System.Text;
using Gateway.Budgets.Invoices;
using Gateway.Budgets.Reports;
using Gateway.Budgets.Tests.Reports;
using static Gateway.Budgets.Tests.Reports.TestLedger;

namespace Gateway.Budgets.Tests.Invoices;

/// <summary>Exports in the layouts that the providers' consoles write, with invented numbers, against a ledger.</summary>
public sealed class ReconciliationTests : IAsyncLifetime
{
    private const string OpenAICosts = """
        start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name
        1793491200,1793577600,2026-11-01T00:00:00+00:00,2026-11-02T00:00:00+00:00,0.8958740000000000,usd,"gpt-5-mini-2025-08-07, input",,org-x,Acme
        1793491200,1793577600,2026-11-01T00:00:00+00:00,2026-11-02T00:00:00+00:00,0.1041260000000000,usd,"priority | gpt-5-mini-2025-08-07, output, long context",,org-x,Acme
        1793491200,1793577600,2026-11-01T00:00:00+00:00,2026-11-02T00:00:00+00:00,0.25,usd,web search tool calls,,org-x,Acme
        1793577600,1793664000,2026-11-02T00:00:00+00:00,2026-11-03T00:00:00+00:00,,,,,,
        1793664000,1793750400,2026-11-03T00:00:00+00:00,2026-11-04T00:00:00+00:00,2.00,usd,"gpt-5-mini-2025-08-07, input",,org-x,Acme
        """;

    private const string OpenAIUsage = """
        start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens
        1793491200,1793577600,2026-11-01T00:00:00+00:00,2026-11-02T00:00:00+00:00,proj_x,1.0,user-x,key_x,gpt-5-mini-2025-08-07,FALSE,default,120.0,34.0,20.0
        1793577600,1793664000,2026-11-02T00:00:00+00:00,2026-11-03T00:00:00+00:00,,,,,,,,,,
        1793664000,1793750400,2026-11-03T00:00:00+00:00,2026-11-04T00:00:00+00:00,proj_x,2.0,user-x,key_x,gpt-5-mini-2025-08-07,FALSE,default,120.0,34.0,20.0
        """;

    private const string AnthropicCosts = """
        usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed
        2026-11-01,Claude Haiku 4.5,Default,"key, one",message,≤ 200k,input_no_cache,0.60,0.60,token,global,
        2026-11-01,Claude Haiku 4.5,Default,"key, one",message,≤ 200k,output,0.41,0.41,token,global,
        2026-11-01,,Default,"key, one",,,,0.10,0.10,web_search,,
        """;

    private const string AnthropicUsage = """
        usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed
        2026-11-01,claude-haiku-4-5-20251001,"key, one",Default,standard,≤ 200k,60,30,10,20,34,0,global,
        """;

    private const string DeepSeekAmounts = """
        user_id,utc_date,model,api_key_name,api_key,type,price,amount
        u,20261101,deepseek-chat,ci,sk-***,input_cache_miss_tokens,0.001,100
        u,20261101,deepseek-chat,ci,sk-***,input_cache_hit_tokens,0.0005,20
        u,20261101,deepseek-chat,ci,sk-***,output_tokens,0.01,34
        u,20261101,deepseek-chat,ci,sk-***,request_count,,1
        """;

    private TestLedger _ledger = null!;

    public async ValueTask InitializeAsync() => _ledger = await NewAsync();

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public async Task OpenAICosts_MatchedMissingExtraAndDrift_ToTheCent()
    {
        await _ledger.AddAsync(
            Entry("2026-11-01T10:00Z", 1_004_999_999, model: "gpt-5-mini", provider: "openai"),
            Entry("2026-11-02T10:00Z", 30_000_000, model: "gpt-5-mini", provider: "openai"),
            Entry("2026-11-03T10:00Z", 2_005_000_000, model: "gpt-5-mini", provider: "openai"),
            Entry("2026-11-03T10:00Z", 77_000_000_000, model: "gpt-5-mini", provider: "other"));

        var (lines, result) = await ReconcileAsync("openai", OpenAICosts);

        Assert.Equal(
            [
                "status,start,end,model,invoice_usd,ledger_usd,difference_usd,invoice_tokens,ledger_tokens",
                "matched,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,gpt-5-mini,1.00,1.004999999,-0.004999999,,154",
                "missing,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,web-search-tool-calls,0.25,0.00,0.25,,0",
                "extra,2026-11-02T00:00:00Z,2026-11-03T00:00:00Z,gpt-5-mini,0.00,0.03,-0.03,,154",
                "cost_drift,2026-11-03T00:00:00Z,2026-11-04T00:00:00Z,gpt-5-mini,2.00,2.005,-0.005,,154",
            ],
            lines);
        Assert.False(result.IsMatched);
        Assert.Equal(3_250_000_000L, result.Report.Total![4]);
        Assert.Equal(3_039_999_999L, result.Report.Total![5]);
    }

    [Fact]
    public async Task OpenAICostsAndUsage_Together_TellPriceDriftFromUsageDrift()
    {
        await _ledger.AddAsync(
            Entry("2026-11-01T10:00Z", 2_000_000_000, model: "gpt-5-mini", provider: "openai"),
            Entry("2026-11-03T10:00Z", 1_000_000_000, model: "gpt-5-mini", provider: "openai"),
            Entry("2026-11-03T11:00Z", 1_000_000_000, model: "gpt-5-mini", provider: "openai"));

        var (lines, _) = await ReconcileAsync("openai", OpenAICosts, OpenAIUsage);

        Assert.Equal(["price_drift", "missing", "usage_drift"], lines[1..].Select(line => line.Split(',')[0]));
    }

    [Fact]
    public async Task OpenAICosts_NotGroupedByLineItem_AreComparedPerDay()
    {
        const string Daily = """
            start_time,end_time,amount_value,amount_currency,line_item
            1793491200,1793577600,3.00,usd,
            """;
        await _ledger.AddAsync(
            Entry("2026-11-01T10:00Z", 1_000_000_000, model: "gpt-5-mini", provider: "openai"),
            Entry("2026-11-01T10:00Z", 2_000_000_000, model: "gpt-5", provider: "openai"));

        var (lines, result) = await ReconcileAsync("openai", Daily);

        Assert.Equal("matched,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,(all models),3.00,3.00,0.00,,308", Assert.Single(lines[1..]));
        Assert.True(result.IsMatched);
    }

    [Fact]
    public async Task AnthropicCostsAndUsage_DisplayNameAndSnapshot_AreOneModel()
    {
        await _ledger.AddAsync(Entry("2026-11-01T10:00Z", 1_010_000_000, model: "haiku", provider: "anthropic"));

        var (lines, _) = await ReconcileAsync("anthropic", name => name == "haiku" ? "claude-haiku-4-5-20251001" : name, null, AnthropicCosts, AnthropicUsage);

        Assert.Equal(
            [
                "matched,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,claude-haiku-4-5,1.01,1.01,0.00,154,154",
                "missing,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,web_search,0.10,0.00,0.10,0,0",
            ],
            lines[1..]);
    }

    [Fact]
    public async Task DeepSeekAmounts_PriceTimesAmount_IsTheCost()
    {
        await _ledger.AddAsync(Entry("2026-11-01T23:59Z", 450_000_000, model: "deepseek-chat", provider: "deepseek"));

        var (lines, result) = await ReconcileAsync("deepseek", DeepSeekAmounts);

        Assert.Equal("matched,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,deepseek-chat,0.45,0.45,0.00,154,154", Assert.Single(lines[1..]));
        Assert.True(result.IsMatched);
    }

    [Fact]
    public async Task DeepSeekCosts_InYuanByTheDayOfBeijing_AreConvertedAndCutByThatDay()
    {
        const string Costs = """
            user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency
            u,2026-11-02T00:00:00+08:00,2026-11-03T00:00:00+08:00,deepseek-chat,Paid,10,CNY
            """;
        await _ledger.AddAsync(Entry("2026-11-01T16:00Z", 1_400_000_000, model: "deepseek-chat", provider: "deepseek"));

        var (lines, _) = await ReconcileAsync("deepseek", name => name, 0.14m, Costs);

        Assert.Equal("matched,2026-11-01T16:00:00Z,2026-11-02T16:00:00Z,deepseek-chat,1.40,1.40,0.00,,154", Assert.Single(lines[1..]));
    }

    [Fact]
    public async Task FailedAttemptThatIsBilled_IsItsProvidersEvenIfAnotherAnswered()
    {
        await _ledger.AddAsync(Entry("2026-11-01T10:00Z", 500_000_001, model: "m", provider: "other") with
        {
            Attempts = [new LedgerAttempt("deepseek", "deepseek-chat", "timeout", 450_000_000), new LedgerAttempt("other", "m", "ok", 50_000_000)],
        });

        var (lines, _) = await ReconcileAsync("deepseek", DeepSeekAmounts);

        Assert.Equal("usage_drift,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,deepseek-chat,0.45,0.45,0.00,154,0", Assert.Single(lines[1..]));
    }

    [Theory]
    [InlineData("a,b\n1,2", "export.csv:1: no export of a known provider has these columns. Known are OpenAI costs (start_time,")]
    [InlineData("", "export.csv:1: no export of a known provider")]
    [InlineData("model,cost,currency,utc_date\nm,1.5,USD,2026-11-01\nm,x,USD,2026-11-01", "export.csv:3: 'x' in the column cost is no number.")]
    [InlineData("model,cost,currency,utc_date\n\nm,1,USD,yesterday", "export.csv:3: 'yesterday' in the column utc_date is no day as 2026-07-01.")]
    [InlineData("model,cost,currency,utc_date\nm,1,CNY,2026-11-01", "export.csv:2: '1' in the column cost is in CNY, and the ledger is in USD. Give the rate of your bank: --rate")]
    [InlineData("model,cost,currency,utc_date\nm,1e20,USD,2026-11-01", "is too large.")]
    [InlineData("model,cost,currency,utc_date\nm,1,USD,9999-12-31", "export.csv:2: '9999-12-31' in the column utc_date is no day as 2026-07-01.")]
    [InlineData("model,type,price,amount,utc_date\nm,output_tokens,79228162514264337593543950335,9,2026-11-01", "in the column price is too large.")]
    [InlineData("model,type,price,amount,utc_date\nm,output_tokens,0.1,-3,2026-11-01", "export.csv:2: '-3' in the column amount is no count.")]
    [InlineData("model,type,price,amount,utc_date\nm,output_tokens,0.1,1.5,2026-11-01", "'1.5' in the column amount is no count.")]
    [InlineData("start_time,end_time,amount_value,amount_currency\n5,4,1,usd", "export.csv:2: the row ends before it begins.")]
    [InlineData("model,cost,currency,utc_date\nm,1,USD", "is no CSV")]
    [InlineData("model,cost,currency,utc_date\n\"m,1,USD,2026-11-01", "is no CSV")]
    public async Task Read_UnreadableExport_NamesFileLineAndColumn(string csv, string message)
    {
        var exception = await Assert.ThrowsAsync<ReportException>(() => ReadAsync(csv));

        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Equal("invoice", exception.Parameter);
    }

    [Fact]
    public async Task Read_NoSuchFile_NamesIt() =>
        Assert.Contains("nowhere.csv cannot be opened", (await Assert.ThrowsAsync<ReportException>(() => InvoiceReader.ReadAsync("/nowhere.csv", null))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Reconcile_TwoExportsThatBothHaveCosts_IsRefused()
    {
        const string Costs = "model,cost,currency,utc_date\nm,1,USD,2026-11-01";

        var exception = await Assert.ThrowsAsync<ReportException>(() => ReconcileAsync("deepseek", DeepSeekAmounts, Costs));

        Assert.Contains("Both DeepSeek amounts and DeepSeek costs say costs, which would count twice.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reconcile_SpansThatOverlap_IsRefused()
    {
        const string Costs = "start_time,end_time,amount_value,amount_currency\n0,86400,1,usd\n3600,7200,1,usd";

        Assert.Contains("overlap", (await Assert.ThrowsAsync<ReportException>(() => ReconcileAsync("openai", Costs))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reconcile_ExportWithoutContent_IsRefused() => Assert.Contains(
        "export.csv has no lines with content",
        (await Assert.ThrowsAsync<ReportException>(() => ReconcileAsync("openai", "start_time,end_time,amount_value,amount_currency"))).Message,
        StringComparison.Ordinal);

    private Task<(string[] Lines, ReconciliationResult Result)> ReconcileAsync(string provider, params string[] exports) => ReconcileAsync(provider, name => name, null, exports);

    private async Task<(string[] Lines, ReconciliationResult Result)> ReconcileAsync(string provider, Func<string, string> upstreamName, decimal? rate, params string[] exports)
    {
        List<Invoice> invoices = [];
        foreach (string export in exports)
        {
            invoices.Add(await ReadAsync(export, rate));
        }

        var result = await Reconciliation.RunAsync(_ledger.Queries, invoices, provider, upstreamName);
        return (await CsvAsync(result.Report), result);
    }

    private static async Task<Invoice> ReadAsync(string csv, decimal? rate = null)
    {
        await using var stream = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        return await InvoiceReader.ReadAsync(stream, "export.csv", rate);
    }
}
