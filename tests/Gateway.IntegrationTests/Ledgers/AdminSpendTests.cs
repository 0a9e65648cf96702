using System.Net;
using System.Net.Http.Headers;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;
using static Gateway.IntegrationTests.Ledgers.SampleLedger;

namespace Gateway.IntegrationTests.Ledgers;

/// <summary><c>/admin/spend</c> on a running gateway: who sees whose spending, in which format, and what is refused.</summary>
public sealed class AdminSpendTests : IAsyncLifetime
{
    private const string November = "from=2026-11-01&to=2026-11-30";

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, (string Key, string Sha256)> _keys =
        ((string[])["admin", "finance", "team", "loner", "other", "nobody"]).ToDictionary(id => id, _ => VirtualKeyGenerator.Create());

    private FakeProvider _provider = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        string path = Path.Combine(_folder.Path, "ledger.db");
        await FillAsync(
            path,
            Entry("r1", "search", 1_000_000_000, At("2026-11-10T12:00Z")),
            Entry("r2", "ads", 20_000_000_000, At("2026-11-10T12:00Z")),
            Entry("r3", "search", 300_000_000_000, At("2026-11-10T12:00Z"), organization: "other"),
            Entry("r4", "search", 4_000_000_000_000, At("2026-11-10T12:00Z"), organization: null));
        _provider = await FakeProvider.StartAsync();
        _gateway = await StartAsync(path);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("admin", "4321.00")]
    [InlineData("finance", "4321.00")]
    [InlineData("team", "1.00")]
    [InlineData("other", "300.00")]
    [InlineData("loner", "4000.00")]
    public async Task Spend_ByRole_SeesAllOrItself(string key, string total)
    {
        foreach (string path in (string[])[$"?{November}", $"/movers?{November}", $"/ledger?{November}", $"?{November}&format=focus&team="])
        {
            var answer = await GetAsync(key, path.Replace("&team=", "", StringComparison.Ordinal));
            Assert.Equal(HttpStatusCode.OK, answer.Status);
        }

        var spend = (await GetAsync(key, $"?{November}&by=team")).OkJson;
        Assert.Equal(total, spend.GetProperty("total").GetProperty("cost_usd").GetRawText());
        Assert.Equal(key is "admin" or "finance" ? 2 : 1, spend.GetProperty("rows").GetArrayLength());
        Assert.Equal("Europe/Berlin", spend.GetProperty("time_zone").GetString());
    }

    [Theory]
    [InlineData("team", "search", null, "1.00")]
    [InlineData("team", "search", "acme", "1.00")]
    [InlineData("finance", "search", "acme", "1.00")]
    [InlineData("finance", "search", null, "4301.00")]
    [InlineData("finance", null, "other", "300.00")]
    public async Task Spend_OfATeam_IsWhatTheCallerMaySeeOfIt(string key, string? team, string? organization, string total)
    {
        string filter = (team is null ? "" : $"&team={team}") + (organization is null ? "" : $"&organization={organization}");

        Assert.Equal(total, (await GetAsync(key, $"?{November}{filter}")).OkJson.GetProperty("total").GetProperty("cost_usd").GetRawText());
    }

    [Theory]
    [InlineData("team", "?team=ads")]
    [InlineData("team", "?organization=other")]
    [InlineData("team", "/ledger?team=ads")]
    [InlineData("team", "/statement?month=2026-11&team=ads")]
    [InlineData("loner", "?organization=acme")]
    [InlineData("nobody", "")]
    [InlineData("nobody", "/ledger")]
    public async Task Spend_OfOthers_IsRefused(string key, string path) => (await GetAsync(key, path)).ShouldBe(ErrorCode.PolicyReportNotAllowed);

    [Fact]
    public async Task Spend_WithoutAKey_IsRefused()
    {
        (await _gateway.Client.GetAnswerAsync("admin/spend")).ShouldBe(ErrorCode.CallerMissingKey);
        (await GetAsync("finance", "", path: "admin/faults")).ShouldBe(ErrorCode.PolicyAdminRequired);
    }

    [Fact]
    public async Task Statement_OfATeamForItself_NeedsNoName()
    {
        var statement = (await GetAsync("team", "/statement?month=2026-11")).OkJson;

        Assert.Equal(("search", 1.00m, 1), (
            statement.GetProperty("team").GetString(), statement.GetProperty("total_usd").GetDecimal(), statement.GetProperty("requests").GetInt64()));
        (await GetAsync("finance", "/statement?month=2026-11")).ShouldBe(ErrorCode.CallerInvalidField, "team");
    }

    [Theory]
    [InlineData("csv", "team,model,requests,")]
    [InlineData("focus", "BilledCost,BillingAccountId,")]
    public async Task Spend_AsCsv_IsCsv(string format, string beginning)
    {
        var answer = await GetAsync("finance", $"?{November}&format={format}");

        Assert.Equal((HttpStatusCode.OK, "text/csv"), (answer.Status, answer.ContentType));
        Assert.StartsWith(beginning, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?from=2026-11-31", "from", "no day")]
    [InlineData("?zone=Berlin", "zone", "no time zone")]
    [InlineData("?by=teem", "by", "no column")]
    [InlineData("?format=xml", "format", "Choose from json, csv, focus")]
    [InlineData("/ledger?format=focus", "format", "Choose from json, csv.")]
    [InlineData("?form=2026-11-01", "form", "'form' is no parameter of this report. Choose from from, to, by,")]
    [InlineData("?from=2026-11-01&from=2026-11-02", "from", "more than once")]
    [InlineData("/movers?top=0", "top", "Write 1 to")]
    [InlineData("/anomalies?min-usd=-1", "min-usd", "no amount")]
    [InlineData("/statement?month=2026-11&fiscal-month-of=2026-11-01&team=search", "month", "not for both")]
    [InlineData("/statement?month=9999-12&team=search", "month", "no month")]
    [InlineData("/statement?month=0001-01&team=search", "month", "no month")]
    [InlineData("/statement?fiscal-month-of=2026-11-01&team=search", "fiscal-month-of", "no fiscal calendar")]
    public async Task Spend_WrongQuestion_NamesTheParameter(string path, string param, string message) =>
        Assert.Contains(message, (await GetAsync("finance", path)).ShouldBe(ErrorCode.CallerInvalidField, param), StringComparison.Ordinal);

    [Fact]
    public async Task Spend_NoLedgerYet_IsUnavailable()
    {
        // Where something is settled, the gateway makes the ledger itself.
        await using var gateway = await StartAsync(Path.Combine(_folder.Path, "none.db"), setup => setup.Settings["Budgets:Store"] = "none");
        using var request = Request("finance", "admin/spend");

        (await gateway.Client.ReadAsync(request)).ShouldBe(ErrorCode.PolicyLedgerUnavailable);
    }

    private Task<GatewayUnderTest> StartAsync(string ledger, Action<GatewaySetup>? configure = null) => GatewayUnderTest.StartAsync(setup =>
    {
        FrontDoorGateway.UseProvider(setup, _provider);
        setup.KeysYaml = $$"""
            keys:
              - { id: admin, sha256: {{_keys["admin"].Sha256}}, admin: true }
              - { id: finance, sha256: {{_keys["finance"].Sha256}}, role: finance }
              - { id: team, sha256: {{_keys["team"].Sha256}}, organization: acme, team: search, role: team }
              - { id: other, sha256: {{_keys["other"].Sha256}}, organization: other, team: search, role: team }
              - { id: loner, sha256: {{_keys["loner"].Sha256}}, team: search, role: team }
              - { id: nobody, sha256: {{_keys["nobody"].Sha256}}, organization: acme, team: search }
            """;
        setup.BudgetsYaml = "timeZone: Europe/Berlin\nbudgets: {}\n";
        setup.Settings["Ledger:Path"] = ledger;
        configure?.Invoke(setup);
    });

    private async Task<Answer> GetAsync(string key, string query, string path = "admin/spend")
    {
        using var request = Request(key, path + query);
        return await _gateway.Client.ReadAsync(request);
    }

    private HttpRequestMessage Request(string key, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _keys[key].Key);
        return request;
    }
}
