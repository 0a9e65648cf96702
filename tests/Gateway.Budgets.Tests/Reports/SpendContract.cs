using Gateway.Budgets.Reports;
using Gateway.Budgets.Sql;
using static Gateway.Budgets.Tests.Reports.TestLedger;

namespace Gateway.Budgets.Tests.Reports;

/// <summary>What both databases must answer alike.</summary>
public abstract class SpendContract : IAsyncLifetime
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private TestLedger _ledger = null!;

    private static ReportPeriod November => ReportPeriod.Parse("2026-11-01", "2026-11-30", Berlin, default);

    public async ValueTask InitializeAsync() => _ledger = await NewAsync(await NewOptionsAsync());

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _ledger.DisposeAsync();
    }

    [Fact]
    public async Task Spend_ByTeamAndModel_AddsUpExactlyTheDearestFirst()
    {
        await _ledger.AddAsync(
            Entry("2026-11-10T12:00Z", 1_000_000_001, "search", "small"),
            Entry("2026-11-11T12:00Z", 2, "search", "small"),
            Entry("2026-11-11T12:00Z", 5_000_000_000, "ads", "large") with { Basis = CostBasis.Estimated },
            Entry("2026-11-12T12:00Z", 7, null, "small") with { Basis = CostBasis.Hold });

        var report = await SpendReport.RunAsync(_ledger.Queries, November, SpendDimension.Parse("team,model"), ReportScope.Everybody);

        Assert.Equal(
            [
                "team,model,requests,input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,cost_usd,estimated_usd,hold_usd",
                "ads,large,1,100,20,30,4,5.00,5.00,0.00",
                "search,small,2,200,40,60,8,1.000000003,0.00,0.00",
                ",small,1,100,20,30,4,0.000000007,0.00,0.000000007",
            ],
            await CsvAsync(report));
        Assert.Equal([null, null, 4L, 400L, 80L, 120L, 16L, 6_000_000_010L, 5_000_000_000L, 7L], report.Total);
    }

    [Theory]
    [InlineData("organization", "acme")]
    [InlineData("project", "site")]
    [InlineData("key", "ci")]
    [InlineData("user", "")]
    [InlineData("route", "auto")]
    [InlineData("provider", "p")]
    [InlineData("price_version", "v1")]
    [InlineData("basis", "reported")]
    [InlineData("outcome", "completed")]
    [InlineData("month", "2026-11")]
    [InlineData("day", "2026-11-10")]
    public async Task Spend_ByAnyColumn_HasItsValue(string by, string value)
    {
        await _ledger.AddAsync(Entry("2026-11-10T12:00Z", 5));

        var lines = await CsvAsync(await SpendReport.RunAsync(_ledger.Queries, November, SpendDimension.Parse(by), ReportScope.Everybody));

        Assert.Equal($"{by},requests", lines[0][..(by.Length + 9)]);
        Assert.StartsWith($"{value},1,", Assert.Single(lines[1..]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spend_ByTag_CountsARequestUnderEachOfItsTagsAndOnceInTheTotal()
    {
        var entry = Entry("2026-11-10T12:00Z", 5);
        await _ledger.AddAsync(
            entry with { Scopes = entry.Scopes with { Tags = ["b", "a \"quoted\"", "b"] } },
            Entry("2026-11-10T12:00Z", 3));

        var report = await SpendReport.RunAsync(_ledger.Queries, November, SpendDimension.Parse("tag"), ReportScope.Everybody);

        Assert.Equal(["\"a \"\"quoted\"\"\",1", "b,1", ",1"], (await CsvAsync(report))[1..].Select(line => line[..(line.IndexOf(",1,", StringComparison.Ordinal) + 2)]));
        Assert.Equal(8L, report.Total![6]);
        Assert.Contains("counted under each", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spend_ByDayAroundDaylightSaving_GoesByTheClocksOfTheZone()
    {
        // 25 October 2026 has 25 hours in Berlin: from 22:00 UTC to 23:00 UTC of the next day.
        await _ledger.AddAsync(
            Entry("2026-10-24T21:59:59.999999Z", 1),
            Entry("2026-10-24T22:00Z", 10),
            Entry("2026-10-25T22:59:59.999999Z", 100),
            Entry("2026-10-25T23:00Z", 1000));
        var days = ReportPeriod.Parse("2026-10-24", "2026-10-26", Berlin, default);

        var lines = await CsvAsync(await SpendReport.RunAsync(_ledger.Queries, days, SpendDimension.Parse("day"), ReportScope.Everybody));

        Assert.Equal(
            ["2026-10-24,1,100,20,30,4,0.000000001", "2026-10-25,2,200,40,60,8,0.00000011", "2026-10-26,1,100,20,30,4,0.000001"],
            lines[1..].Select(line => line[..^",0.00,0.00".Length]));
    }

    [Fact]
    public async Task Spend_OutsideThePeriod_DoesNotCount()
    {
        await _ledger.AddAsync(Entry("2026-10-31T22:59:59.999999Z", 1), Entry("2026-10-31T23:00Z", 10), Entry("2026-11-30T22:59:59Z", 100), Entry("2026-11-30T23:00Z", 1000));

        Assert.Equal(110, (await _ledger.Queries.TotalAsync(November, ReportScope.Everybody)).Cost);
    }

    [Fact]
    public async Task Spend_OfATeam_IsHeldToItsOrganization()
    {
        var entry = Entry("2026-11-10T12:00Z", 1);
        await _ledger.AddAsync(
            entry,
            Entry("2026-11-10T12:00Z", 10, "ads"),
            Entry("2026-11-10T12:00Z", 100) with { Scopes = entry.Scopes with { Organization = "other" } },
            Entry("2026-11-10T12:00Z", 1000) with { Scopes = entry.Scopes with { Organization = null } });

        Assert.Equal(1101, await CostAsync(new ReportScope("search")));
        Assert.Equal(1, await CostAsync(new ReportScope("search", "acme", IsWithinOrganization: true)));
        Assert.Equal(1000, await CostAsync(new ReportScope("search", null, IsWithinOrganization: true)));
        Assert.Equal(11, await CostAsync(new ReportScope(Organization: "acme")));
        Assert.Equal(0, await CostAsync(new ReportScope("' OR 1=1 --")));

        async Task<long> CostAsync(ReportScope scope) => (await _ledger.Queries.TotalAsync(November, scope)).Cost;
    }

    [Fact]
    public async Task Ledger_Entries_AreListedWithAllColumnsInOrder()
    {
        var entry = Samples.Entry("req_1", cost: 1_500_000_000) with { Time = At("2026-11-10T12:00:00.1234567Z") };
        await _ledger.AddAsync(entry, Entry("2026-11-09T12:00Z", 1));

        var lines = await CsvAsync(LedgerListing.Of(_ledger.Queries, November, ReportScope.Everybody));

        Assert.Equal(3, lines.Length);
        Assert.Equal(
            "sequence,partition,position,version,request_id,time,organization,team,project,key,user,tags,route,model,provider,input_tokens,cached_input_tokens,"
            + "output_tokens,reasoning_tokens,price_version,cost_usd,cost_nano_usd,basis,outcome,held,attempts,charges",
            lines[0]);
        Assert.Equal(
            "2,acme,1,1,req_1,2026-11-10T12:00:00.1234567Z,acme,search,site,ci,ann,\"[\"\"batch\"\",\"\"eu \\\"\"west\\\"\"\"\"]\",auto,deepseek-chat,deepseek,1200,800,350,90,"
            + "2026-11-01,1.50,1500000000,reported,completed,true,\"[{\"\"provider\"\":\"\"openai\"\",\"\"model\"\":\"\"gpt-4o\"\",\"\"outcome\"\":\"\"server_error\"\",\"\"cost\"\":0},"
            + "{\"\"provider\"\":\"\"deepseek\"\",\"\"model\"\":\"\"deepseek-chat\"\",\"\"outcome\"\":\"\"ok\"\",\"\"cost\"\":1500000000}]\",",
            lines[2]);
    }

    protected abstract Task<LedgerOptions?> NewOptionsAsync();
}
