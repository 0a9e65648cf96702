using System.Net;
using Gateway.Budgets;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Policies;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.IntegrationTests.Idempotency;

/// <summary>What retries cost: three gateways, one real Redis with budgets and ledger, and a provider that counts its calls.</summary>
public sealed class RetryChargeTests : IAsyncLifetime
{
    private const string Partition = BudgetCaller.DefaultOrganization;

    private FakeProvider _provider = null!;
    private RedisServer _redis = null!;
    private GatewayUnderTest[] _replicas = [];

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _redis = await RedisServer.StartAsync();
        _replicas = [await StartAsync(), await StartAsync(), await StartAsync()];
    }

    [Theory]
    [InlineData(Ask.Whole)]
    [InlineData(Ask.StreamWithUsage)]
    public async Task Trap12_RetriesOnThreeReplicas_AreHeldAndChargedAndInTheLedgerOnce(string body)
    {
        _provider.RespondWith(Reply.SlowHeaders(
            TimeSpan.FromMilliseconds(300), body == Ask.Whole ? Reply.Fixture("chat-completion.json") : Reply.StreamFixture("chat-stream-usage.sse")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => _replicas[i % 3].RetryAsync("paid", body)));
        answers = [.. answers, .. await Task.WhenAll(_replicas.Select(replica => replica.RetryAsync("paid", body)))];

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(answers, answer => Assert.Equal(answers[0].Bytes, answer.Bytes));
        var record = Assert.Single(await LedgerAsync());
        Assert.Equal(LedgerOutcome.Completed, record.Entry.Outcome);
        Assert.All(answers, answer => Assert.Equal(record.Entry.RequestId, answer.Headers.GetValueOrDefault(Retries.Replayed, record.Entry.RequestId)));
        Assert.Equal((1, 0), await RequestsAsync());
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task Owner_SettledAndDiedBeforeTheAnswerWasKept_ItsRetryIsNotChargedAgain()
    {
        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        var owner = _replicas[0].Services.GetRequiredService<IIdempotencyStore>();
        var key = RecordOf("cut-off", Ask.Whole);
        Assert.Equal(ClaimOutcome.Claimed, (await owner.ClaimAsync(key.Record, key.Fingerprint, "dead-run", "req_dead", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))).Outcome);
        await SettleAsync("req_dead");

        var retry = await _replicas[1].RetryAsync("cut-off");

        Assert.Equal((HttpStatusCode.OK, "req_dead"), (retry.Status, retry.Headers["x-request-id"]));
        Assert.Equal("req_dead", Assert.Single(await LedgerAsync()).Entry.RequestId);
        Assert.Equal((1, 0), await RequestsAsync());
        Assert.Equal(retry.Bytes, (await _replicas[2].RetryAsync("cut-off")).Bytes);
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task Owner_DiedBeforeItSettled_ItsRetryIsChargedOnce()
    {
        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        var owner = _replicas[0].Services.GetRequiredService<IIdempotencyStore>();
        var key = RecordOf("cut-off", Ask.Whole);
        await owner.ClaimAsync(key.Record, key.Fingerprint, "dead-run", "req_dead", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));

        Assert.Equal(HttpStatusCode.OK, (await _replicas[1].RetryAsync("cut-off")).Status);
        Assert.Equal("req_dead", Assert.Single(await LedgerAsync()).Entry.RequestId);
        Assert.Equal((1, 0), await RequestsAsync());
    }

    [Fact]
    public async Task Client_WhoLeavesForGood_IsChargedWhatWasGenerated()
    {
        _provider.RespondWith(Reply.Stream(ChatEvents.Text("Hello", " dear", " world"), new StreamOptions { StopAfter = 3, End = StreamEnd.Silence }));
        using (var response = await _replicas[0].BeginAsync("left"))
        {
            await Delivered.ExpectNextAsync(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), Wire.Event(ChatEvents.Role()));
        }

        await Wait.UntilAsync(async () => (await LedgerAsync()).Count == 1, TimeSpan.FromSeconds(15));
        var entry = Assert.Single(await LedgerAsync()).Entry;
        Assert.Equal((LedgerOutcome.Abandoned, CostBasis.Estimated), (entry.Outcome, entry.Basis));
        Assert.True(entry.Tokens.Output > 0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await _redis.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private static Gateway.Idempotency.IdempotencyKey RecordOf(string key, string body) =>
        Gateway.Idempotency.IdempotencyKey.Of(caller: null, key, "/v1/chat/completions", System.Text.Encoding.UTF8.GetBytes(body));

    private Task<IReadOnlyList<LedgerRecord>> LedgerAsync() =>
        _replicas[0].Services.GetRequiredService<IBudgetStore>().ReadLedgerAsync(Partition, after: null, count: 100);

    /// <summary>As its gateway would have: one request of one dollar.</summary>
    private async Task SettleAsync(string requestId)
    {
        var budgets = _replicas[0].Services.GetRequiredService<PolicyStore>().Current.Budgets;
        var now = TimeProvider.System.GetUtcNow();
        var window = BudgetCalendar.WindowAt(budgets.Limits[0], budgets.FiscalCalendar, now);
        var counter = new LimitCharge(new AppliedLimit(budgets.Limits[0], Partition), window, 1).Counter;
        var charge = new Charge(counter, 1000, 1, IsHard: true, window.End);
        var reservation = new Reservation { RequestId = requestId, Partition = Partition, Lease = TimeSpan.FromMinutes(1), Charges = [charge] };
        var store = _replicas[0].Services.GetRequiredService<IBudgetStore>();
        await store.SettleAsync(Settlement.Of(reservation, new Dictionary<CounterId, long> { [charge.Counter] = 1 }, new LedgerEntry
        {
            RequestId = requestId,
            Time = now,
            Scopes = new LedgerScopes(),
            Route = "auto",
            Model = "echo",
            Provider = "fake",
            Tokens = new LedgerTokens(0, 0, 0, 0),
            Cost = 1_000_000_000,
            Basis = CostBasis.Reported,
            Outcome = LedgerOutcome.Completed,
        }));
    }

    /// <summary>Once what replicas hold beforehand for further requests is given back.</summary>
    private async Task<(decimal Used, decimal Held)> RequestsAsync()
    {
        (decimal Used, decimal Held) requests = default;
        await Wait.UntilAsync(async () =>
        {
            var budget = (await _replicas[2].Client.GetAnswerAsync("admin/budgets")).OkJson.GetProperty("budgets").EnumerateArray().Single();
            requests = (budget.GetProperty("used").GetDecimal(), budget.GetProperty("held").GetDecimal());
            return requests.Held == 0;
        });
        return requests;
    }

    private Task<GatewayUnderTest> StartAsync() => Retries.StartAsync(_provider, _redis, setup =>
    {
        setup.ProvidersYaml = setup.ProvidersYaml.Replace("128000 }", "128000, prices: { input: 1, output: 10 } }", StringComparison.Ordinal);
        setup.BudgetsYaml = """
            budgets:
              requests: { organization: "*", requests: 1000, per: month }
            """;
        setup.Settings["Ledger:Connection"] = Budgets.BudgetScene.NoLedgerDatabase;
        setup.Settings["Idempotency:LeaseSeconds"] = "2";
        setup.Settings["Idempotency:DetachedSeconds"] = "1";
    });
}
