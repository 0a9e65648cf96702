using System.Text.Json;
using Gateway.Budgets;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.Observability;
using Gateway.Redis;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.IntegrationTests.Ledgers.SampleLedger;

namespace Gateway.IntegrationTests.Ledgers;

/// <summary>What is settled in a real Redis comes into a real PostgreSQL by the gateways' own service.</summary>
public sealed class LedgerWritingTests : IAsyncLifetime
{
    private const string Spend = "admin/spend?from=2026-11-01&to=2026-11-30&zone=UTC";

    private RedisServer _redis = null!;
    private PostgresServer _postgres = null!;
    private FakeProvider _provider = null!;
    private RedisLink _link = null!;
    private RedisBudgetStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _postgres = await PostgresServer.StartAsync();
        _provider = await FakeProvider.StartAsync();
        _link = new RedisLink(new RedisOptions { Configuration = _redis.Configuration, TimeoutSeconds = 5 }, TimeProvider.System);
        _store = new RedisBudgetStore(_link, new BudgetStoreOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _provider.DisposeAsync();
        await _postgres.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Trap15_Settled_ByAnyone_IsInTheReportsOnceWhateverFails()
    {
        string database = await _postgres.CreateDatabaseAsync();
        await using var a = await StartAsync(database, "a");
        await using var b = await StartAsync(database, "b");
        await SettleAsync(0, 50);
        await Wait.UntilAsync(async () => await RequestsAsync(a) == 50);
        Assert.Equal(50, await RequestsAsync(b));
        Assert.Equal("writing", (await LedgerAsync(a)).GetProperty("state").GetString());

        // The database goes: requests are settled as ever, and wait.
        await _postgres.KillAsync();
        await SettleAsync(50, 100);
        await Wait.UntilAsync(async () => (await LedgerAsync(a)).GetProperty("state").GetString() == "waiting" && (await LedgerAsync(b)).GetProperty("state").GetString() == "waiting");
        Assert.Contains("PostgreSQL 127.0.0.1", (await LedgerAsync(a)).GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal("ready", (await a.Client.GetAnswerAsync("health/ready")).Json.GetProperty("status").GetString());
        Assert.True((await Scrape.OfAsync(a)).Sum("gateway_ledger_errors_total") > 0);
        await _postgres.RestartAsync();
        await Wait.UntilAsync(async () => await RequestsAsync(a) == 100, TimeSpan.FromSeconds(60));

        // Settled again: nothing is counted twice.
        await SettleAsync(0, 100);
        await _redis.CliAsync("XADD", "gateway:{budgets:acme}:v2:ledger", "*", "v", "9", "entry", "from the future");
        await Wait.UntilAsync(async () => (await Scrape.OfAsync(a)).Sum("gateway_ledger_records_total", "outcome=rejected")
            + (await Scrape.OfAsync(b)).Sum("gateway_ledger_records_total", "outcome=rejected") == 1);
        Assert.Equal(100, await RequestsAsync(a));
        Assert.Equal(100, (await Scrape.OfAsync(a)).Sum("gateway_ledger_records_total", "outcome=added") + (await Scrape.OfAsync(b)).Sum("gateway_ledger_records_total", "outcome=added"));
        await Wait.UntilAsync(async () => (await Scrape.OfAsync(a)).Sum("gateway_ledger_backlog") == 0 && (await Scrape.OfAsync(a)).Sum("gateway_ledger_lag_seconds") == 0);
        Assert.Equal("0", await _redis.CliAsync("XLEN", "gateway:{budgets:acme}:v2:ledger"));
        await Wait.UntilAsync(() => a.Log.Concat(b.Log).Any(line => line.Contains("was set aside in ledger_rejected: it has schema version '9'", StringComparison.Ordinal)));
        await a.LoggedAsync("The ledger is written again");
    }

    [Fact]
    public async Task Embedded_SettledInThisProcess_IsInTheReports()
    {
        using var folder = new TempFolder();
        await using var store = new SqliteBudgetStore(Path.Combine(folder.Path, "budgets.db"), new BudgetStoreOptions(), TimeProvider.System);
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, _provider);
            setup.Settings["Ledger:Path"] = Path.Combine(folder.Path, "ledger.db");
            setup.Settings["Ledger:IntervalSeconds"] = "0.1";
            setup.Services = services => services.AddSingleton<IBudgetStore>(store);
        });

        await store.SettleAsync(Settled(Entry("r1", "search", 7, At("2026-11-10T12:00Z"))));

        await Wait.UntilAsync(async () => await RequestsAsync(gateway) == 1);
        Assert.Equal("writing", (await LedgerAsync(gateway)).GetProperty("state").GetString());
    }

    private Task<GatewayUnderTest> StartAsync(string database, string name) => GatewayUnderTest.StartAsync(setup =>
    {
        FrontDoorGateway.UseProvider(setup, _provider);
        setup.Settings["Redis:Configuration"] = _redis.Configuration;
        setup.Settings["Gateway:ReplicaName"] = name;
        setup.Settings["Ledger:Connection"] = database;
        setup.Settings["Ledger:IntervalSeconds"] = "0.1";
        setup.Settings["Ledger:ClaimAfterSeconds"] = "2";
        setup.Settings["Ledger:TimeoutSeconds"] = "5";
    });

    private async Task SettleAsync(int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            await _store.SettleAsync(Settled(Entry($"r{i}", "search", 1_000 + i, At("2026-11-10T12:00Z"))));
        }
    }

    /// <summary>How many the ledger has; -1 while it does not answer.</summary>
    private static async Task<long> RequestsAsync(GatewayUnderTest gateway)
    {
        var json = (await gateway.Client.GetAnswerAsync(Spend)).Json;
        return json.TryGetProperty("total", out var total) ? total.GetProperty("requests").GetInt64() : -1;
    }

    private static async Task<JsonElement> LedgerAsync(GatewayUnderTest gateway) => (await gateway.Client.GetAnswerAsync("health/ready")).Json.GetProperty("ledger");
}
