using System.Collections.Concurrent;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Budgets;
using Gateway.IntegrationTests.Operations;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Policies;
using Gateway.Redis;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>What becomes of the money when the process of the gateway is killed, at any moment.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private const int Clients = 16;
    private const long Requests = 100_000;

    private readonly TempFolder _policies = new();
    private readonly TempFolder _work = new();
    private readonly (string Key, string Sha256) _key = VirtualKeyGenerator.Create();
    private FakeProvider _provider = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(BudgetScene.Answer());
        _policies.Write("providers.yaml", ProviderGateway.ProvidersYaml([new ProviderEntry("first", _provider.BaseUrl) { Prices = BudgetScene.Prices, HasApiKey = false }]));
        _policies.Write("routes.yaml", "routes: { auto: { candidates: [ first/small ] } }\n");
        _policies.Write("keys.yaml", $"keys: [ {{ id: ada, organization: {BudgetScene.Organization}, team: search, sha256: {_key.Sha256} }} ]\n");
        _policies.Write("budgets.yaml", $"budgets: {{ many: {{ team: search, requests: {Requests}, per: lifetime, onStoreDown: {{ grace: 4 }} }}, slots: {{ team: search, concurrency: 12, onStoreDown: {{ grace: 12 }} }} }}\n");
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        _policies.Dispose();
        _work.Dispose();
    }

    /// <summary>On one file, crash after crash.</summary>
    [Fact]
    public void Trap4_5_7_Kill_AnyMomentOfTheEmbeddedStore_WhoeverWasAnsweredIsCountedOnce() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(3),
        Prop.ForAll(Gen.Choose(50, 1500).ArrayOf(2).ToArbitrary(), delays => Task.Run(() => CrashAsync(delays)).GetAwaiter().GetResult()));

    [Fact]
    public async Task Trap8_Kill_WhileRedisIsGone_WhatWaitedIsSettledByTheNextProcess()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        string[] settings = [$"--Redis:Configuration={redis.Configuration}", "--Redis:TimeoutSeconds=5", $"--Ledger:Connection={BudgetScene.NoLedgerDatabase}"];
        await using (var first = await StartAsync(settings))
        {
            Assert.Equal(HttpStatusCode.OK, (await first.AskAsync(_key.Key)).Status);
            await redis.KillAsync();

            // What the grace lets through while Redis is gone.
            Assert.Equal(HttpStatusCode.OK, (await first.AskAsync(_key.Key)).Status);
            Assert.Equal(HttpStatusCode.OK, (await first.AskAsync(_key.Key)).Status);
            await first.KillAsync();
        }

        await redis.RestartAsync();
        await using var second = await StartAsync(settings);
        await using var link = new RedisLink(new RedisOptions { Configuration = redis.Configuration, TimeoutSeconds = 5 }, TimeProvider.System);
        var store = new RedisBudgetStore(link, new BudgetStoreOptions());
        await Wait.UntilAsync(async () => (await store.ReadLedgerAsync(BudgetScene.Organization, after: null, count: 100)).Count == 3);
        await Wait.UntilAsync(async () => (await second.AskAsync(_key.Key)).Status == HttpStatusCode.OK);

        Assert.Equal(4, (await Books.AssertBalancedAsync(store, BudgetScene.Organization))[("many", "search")]);
        Assert.Contains("2 requests that ran before the gateway was killed wait to be settled", second.Process.Output, StringComparison.Ordinal);
    }

    /// <summary>Not both in one moment: what Redis had taken and not yet done when it died, its gateway alone knows.</summary>
    [Fact]
    public void Trap4_5_8_Kill_RedisAtAnyMomentAndItsGatewayLater_WhoeverWasAnsweredIsCountedOnce() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2),
        Prop.ForAll(
            (from untilRedisDies in Gen.Choose(0, 600)
             from untilGatewayDies in Gen.Choose(300, 900)
             from isRedisBackBefore in ArbMap.Default.GeneratorFor<bool>()
             select (untilRedisDies, untilGatewayDies, isRedisBackBefore)).ArrayOf(2).ToArbitrary(),
            crashes => Task.Run(() => CrashWithRedisAsync(crashes)).GetAwaiter().GetResult()));

    private async Task CrashWithRedisAsync((int UntilRedisDies, int UntilGatewayDies, bool IsRedisBackBefore)[] crashes)
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        string[] settings = [$"--Redis:Configuration={redis.Configuration}", $"--Ledger:Connection={BudgetScene.NoLedgerDatabase}", "--Budgets:LeaseSeconds=3"];
        ConcurrentQueue<string> answered = [];
        foreach (var crash in crashes)
        {
            int before = answered.Count;
            await using var gateway = await StartAsync(settings);
            var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(() => AskUntilKilledAsync(gateway, answered))).ToList();
            await Wait.UntilAsync(() => answered.Count > before);
            await Task.Delay(crash.UntilRedisDies);
            await redis.KillAsync();
            await Task.Delay(crash.UntilGatewayDies / 2);
            if (crash.IsRedisBackBefore)
            {
                await redis.RestartAsync();
            }

            await Task.Delay(crash.UntilGatewayDies / 2);
            await gateway.KillAsync();
            await Task.WhenAll(clients);
            if (!crash.IsRedisBackBefore)
            {
                await redis.RestartAsync();
            }
        }

        // It settles what the last one left, and takes back what that one held.
        await using var survivor = await StartAsync(settings);
        await using var link = new RedisLink(new RedisOptions { Configuration = redis.Configuration, TimeoutSeconds = 5 }, TimeProvider.System);
        var store = new RedisBudgetStore(link, new BudgetStoreOptions());
        await AssertAnsweredAreCountedAsync(store, answered);
    }

    private async Task CrashAsync(int[] delays)
    {
        ConcurrentQueue<string> answered = [];
        foreach (int delay in delays)
        {
            await using var gateway = await StartAsync([]);
            var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(() => AskUntilKilledAsync(gateway, answered))).ToList();
            await Wait.UntilAsync(() => !answered.IsEmpty);
            await Task.Delay(delay);
            await gateway.KillAsync();
            await Task.WhenAll(clients);
        }

        await using var store = new SqliteBudgetStore(Path.Combine(_work.Path, "data", "budgets.db"), new BudgetStoreOptions(), TimeProvider.System);
        await AssertAnsweredAreCountedAsync(store, answered);
    }

    private async Task AssertAnsweredAreCountedAsync(IBudgetStore store, IReadOnlyCollection<string> answered)
    {
        await Wait.UntilAsync(async () => answered.ToHashSet().IsSubsetOf(await SettledAsync()));
        var spent = await Books.AssertBalancedAsync(store, BudgetScene.Organization);
        var ledger = await SettledAsync();
        Assert.Equal(ledger.Count, spent[("many", "search")]);
        Assert.InRange(ledger.Count, answered.Count, _provider.Requests.Count);

        async Task<HashSet<string>> SettledAsync() =>
            [.. (await store.ReadLedgerAsync(BudgetScene.Organization, after: null, count: 1_000_000)).Select(record => record.Entry.RequestId)];
    }

    private async Task AskUntilKilledAsync(CrashingGateway gateway, ConcurrentQueue<string> answered)
    {
        try
        {
            while (true)
            {
                if (await gateway.AskAsync(_key.Key) is (HttpStatusCode.OK, { } request))
                {
                    answered.Enqueue(request);
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // The gateway is gone.
        }
    }

    private async Task<CrashingGateway> StartAsync(string[] settings)
    {
        var process = GatewayProcess.Start(
            ["serve", $"--Gateway:PoliciesPath={_policies.Path}", "--Gateway:Urls=http://127.0.0.1:0", .. settings], _work.Path);
        return new CrashingGateway(process, new HttpClient { BaseAddress = await process.WaitForUrlAsync(), Timeout = TimeSpan.FromSeconds(30) });
    }

    /// <summary>A process to be killed, and its client.</summary>
    private sealed class CrashingGateway(GatewayProcess process, HttpClient client) : IAsyncDisposable
    {
        public GatewayProcess Process => process;

        /// <summary>Asks and reads the answer to its end.</summary>
        public async Task<(HttpStatusCode Status, string? RequestId)> AskAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = new StringContent(BudgetScene.Ask, Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new("Bearer", key);
            using var response = await client.SendAsync(request);
            return (response.StatusCode, response.Headers.TryGetValues("x-request-id", out var ids) ? ids.Single() : null);
        }

        public Task KillAsync() => process.KillAsync();

        public async ValueTask DisposeAsync()
        {
            client.Dispose();
            await process.DisposeAsync();
        }
    }
}
