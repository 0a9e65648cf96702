using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Budgets;
using Gateway.IntegrationTests.Operations;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Policies;
using Gateway.Redis;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>Several gateway processes on one Redis and one budget.</summary>
public sealed class SharedBudgetTests : IAsyncLifetime
{
    private readonly TempFolder _policies = new();
    private readonly TempFolder _work = new();
    private readonly List<GatewayProcess> _processes = [];
    private readonly (string Key, string Sha256) _key = VirtualKeyGenerator.Create();
    private RedisServer _redis = null!;
    private FakeProvider _provider = null!;
    private RedisLink _link = null!;

    private RedisBudgetStore Store => new(_link, new BudgetStoreOptions());

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(BudgetScene.Answer());
        _link = new RedisLink(new RedisOptions { Configuration = _redis.Configuration, TimeoutSeconds = 10 }, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await _link.DisposeAsync();
        await _provider.DisposeAsync();
        await _redis.DisposeAsync();
        _policies.Dispose();
        _work.Dispose();
    }

    [Fact]
    public async Task Trap1_ThousandClientsOnThreeGateways_OvershootNothingAndUseTheBudgetUp()
    {
        // What is left over after the last answer is less than one request may cost, as far as can be told before it is answered.
        const int Answers = 2_000;
        const long Limit = (Answers * BudgetScene.AnswerCost) + (BudgetScene.AnswerCost * 3 / 2);
        const int Clients = 1_000;
        var gateways = await StartAsync(3, $"  all: {{ team: search, usd: {Limit / 1e9m}, per: lifetime }}");
        ConcurrentBag<string> unexpected = [];
        var served = 0;
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(150));
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            // Until the budget is used up: what others hold may yet come back, and so a refusal is only final when nothing is under way.
            while (Volatile.Read(ref served) < Answers && !end.IsCancellationRequested)
            {
                using var response = await AskAsync(gateways[client % gateways.Count]);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref served);
                }
                else if (response.StatusCode == HttpStatusCode.TooManyRequests)
                {
                    await Task.Delay(50);
                }
                else
                {
                    unexpected.Add(await response.Content.ReadAsStringAsync());
                    break;
                }
            }
        }));

        Assert.Empty(unexpected);
        var spent = (await Books.AssertBalancedAsync(Store, BudgetScene.Organization))[("all", "search")];
        Assert.Equal((Answers, Answers), (served, _provider.Requests.Count));
        Assert.Equal(Answers * BudgetScene.AnswerCost, spent);
        using var last = await AskAsync(gateways[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, last.StatusCode);
    }

    [Fact]
    public async Task Trap4_GatewayKilledInTheMiddleOfARequest_ItsHoldEndsWithItsLease()
    {
        var gateways = await StartAsync(2, "  slots: { team: search, concurrency: 1 }\n  day: { team: search, requests: 2, per: day }", "--Budgets:LeaseSeconds=3");
        _provider.RespondWith(Reply.Hang());
        var dying = AskAsync(gateways[0]);
        await _provider.WaitForRequestAsync();

        // It is held for as long as its gateway lives, however long that is.
        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        using (var refused = await AskAsync(gateways[1]))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        }

        var dead = _processes[0];
        _processes.Remove(dead);
        await dead.DisposeAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => dying);
        _provider.RespondWith(BudgetScene.Answer());
        await Wait.UntilAsync(
            async () =>
            {
                using var response = await AskAsync(gateways[1]);
                return response.StatusCode == HttpStatusCode.OK;
            },
            TimeSpan.FromSeconds(8));

        // What the dead gateway had called cannot be told; what it held is not lost.
        using (var second = await AskAsync(gateways[1]))
        {
            Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        }

        Assert.Equal(2, (await Books.AssertBalancedAsync(Store, BudgetScene.Organization))[("day", "search")]);
    }

    private async Task<IReadOnlyList<HttpClient>> StartAsync(int count, string budgets, params string[] settings)
    {
        _policies.Write("providers.yaml", ProviderGateway.ProvidersYaml([new ProviderEntry("first", _provider.BaseUrl) { Prices = BudgetScene.Prices, HasApiKey = false }]));
        _policies.Write("routes.yaml", "routes: { auto: { candidates: [ first/small ] } }\n");
        _policies.Write("keys.yaml", $"keys: [ {{ id: ada, organization: {BudgetScene.Organization}, team: search, sha256: {_key.Sha256} }} ]\n");
        _policies.Write("budgets.yaml", $"budgets:\n{budgets}\n");
        for (int i = 0; i < count; i++)
        {
            _processes.Add(GatewayProcess.Start(
                [
                    "serve", $"--Gateway:PoliciesPath={_policies.Path}", "--Gateway:Urls=http://127.0.0.1:0", $"--Redis:Configuration={_redis.Configuration}",
                    "--Redis:TimeoutSeconds=20", $"--Ledger:Connection={BudgetScene.NoLedgerDatabase}", "--Logging:LogLevel:Gateway=Error", .. settings,
                ],
                _work.Path));
        }

        List<HttpClient> clients = [];
        foreach (var process in _processes)
        {
            clients.Add(new HttpClient { BaseAddress = await process.WaitForUrlAsync(), Timeout = TimeSpan.FromSeconds(120) });
        }

        return clients;
    }

    private Task<HttpResponseMessage> AskAsync(HttpClient gateway)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = new StringContent(BudgetScene.Ask, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", _key.Key);
        return gateway.SendAsync(request);
    }
}
