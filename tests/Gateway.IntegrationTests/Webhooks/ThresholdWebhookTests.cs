using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Webhooks;

/// <summary>Budgets whose thresholds are reported, through the front door of three gateways on one real Redis.</summary>
public sealed class ThresholdWebhookTests : IAsyncLifetime
{
    private const string SigningKey = "s3cret-of-the-receiver";
    private const string Token = "t0ken-in-the-address";

    private FakeProvider _provider = null!;
    private FakeProvider _receiver = null!;
    private RedisServer _redis = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        _receiver = await FakeProvider.StartAsync();
        _receiver.RespondWith(Reply.Json(200, "{}"));
        _redis = await RedisServer.StartAsync();
    }

    [Fact]
    public async Task Threshold_ReachedByManyRequestsOnThreeReplicas_FiresOncePerThreshold()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await using var c = await StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => ((GatewayUnderTest[])[a, b, c])[i % 3].Client.ChatAsync(FrontDoorGateway.GoodBody)));
        Assert.Equal(20, answers.Count(answer => answer.Status == HttpStatusCode.OK));

        await Wait.UntilAsync(() => _receiver.Requests.Count >= 2);
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        Assert.Equal([0.5m, 1m], _receiver.Requests.Select(ThresholdOf).Order());
        Assert.Equal(2, _receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct().Count());

        var full = JsonElement.Parse(_receiver.Requests.Single(request => ThresholdOf(request) == 1m).BodyText);
        Assert.Equal("budget.threshold_reached", full.GetProperty("type").GetString());
        var data = full.GetProperty("data");
        Assert.Equal(("each-org", "organization", "default", "requests", 20m, 20m, true), (
            data.GetProperty("limit").GetString(), data.GetProperty("scope").GetString(), data.GetProperty("scope_value").GetString(),
            data.GetProperty("measure").GetString(), data.GetProperty("amount").GetDecimal(), data.GetProperty("spent").GetDecimal(), data.GetProperty("hard").GetBoolean()));
    }

    [Fact]
    public async Task Delivery_IsSignedSoThatTheReceiverCanCheckIt()
    {
        await using var gateway = await StartAsync();
        await SpendAsync(gateway, 10);
        var request = await _receiver.WaitForRequestAsync();

        var signed = $"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}.{request.BodyText}";
        var expected = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(SigningKey), Encoding.UTF8.GetBytes(signed)));
        Assert.Equal($"v1,{expected}", request.Headers["webhook-signature"]);
        var sentAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(request.Headers["webhook-timestamp"], CultureInfo.InvariantCulture));
        Assert.InRange(TimeProvider.System.GetUtcNow() - sentAt, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(20));
        Assert.DoesNotContain(gateway.Log, line => line.Contains(SigningKey, StringComparison.Ordinal) || line.Contains(Token, StringComparison.Ordinal));
        Assert.DoesNotContain(SigningKey, await _redis.CliAsync("HVALS", "gateway:{notices}:v1:records"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_ReceiverThatFails_IsTriedAgainUnderTheSameIdUntilItTakesIt()
    {
        _receiver.RespondWith(_ => _receiver.Requests.Count < 3 ? Reply.Error(503, "later", "later") : Reply.Json(204, ""));
        await using var gateway = await StartAsync();
        await SpendAsync(gateway, 10);

        await _receiver.WaitForRequestAsync(2, TimeSpan.FromSeconds(20));
        Assert.Single(_receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct());
        await gateway.LoggedAsync("has arrived at the webhook 'finance', attempt 3");
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.Equal(3, _receiver.Requests.Count);
    }

    [Fact]
    public async Task Delivery_GatewayThatEndsBeforeItArrived_IsTakenOverByAnother()
    {
        _receiver.RespondWith(Reply.Error(503, "later", "later"));
        await using (var dying = await StartAsync())
        {
            await SpendAsync(dying, 10);
            await _receiver.WaitForRequestAsync();
        }

        _receiver.RespondWith(Reply.Json(200, "{}"));
        await using var other = await StartAsync();
        await Wait.UntilAsync(() => other.Log.Any(line => line.Contains("has arrived at the webhook 'finance'", StringComparison.Ordinal)), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Delivery_ReceiverThatRedirects_IsNotFollowed()
    {
        _receiver.RespondWith(Reply.Redirect($"{_provider.BaseUrl}/stolen"));
        await using var gateway = await StartAsync();
        await SpendAsync(gateway, 10);
        await _receiver.WaitForRequestAsync(1, TimeSpan.FromSeconds(20));
        Assert.DoesNotContain(_provider.Requests, request => request.Path.Contains("stolen", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AdminBudgets_ShowsWhatIsUsedHeldAndLeft()
    {
        await using var gateway = await StartAsync();
        await SpendAsync(gateway, 3);
        var gate = new EventGate();
        _provider.RespondWith(Reply.Stream(ChatEvents.Text("a", "b"), new StreamOptions { Gate = gate }));
        var running = ProviderPath.Ask.StartAsync(gateway, ProviderPath.Ask.Stream);
        await _provider.WaitForRequestAsync(3);

        var budgets = (await gateway.Client.GetAnswerAsync("admin/budgets")).OkJson.GetProperty("budgets").EnumerateArray().ToList();
        Assert.Equal(["each-org", "nobody-yet"], budgets.Select(budget => budget.GetProperty("limit").GetString()));
        var first = budgets[0];
        Assert.Equal((20m, 3m, 1m, 16m), (
            first.GetProperty("amount").GetDecimal(), first.GetProperty("used").GetDecimal(), first.GetProperty("held").GetDecimal(), first.GetProperty("remaining").GetDecimal()));
        Assert.True(first.GetProperty("windowEnd").GetDateTimeOffset() > TimeProvider.System.GetUtcNow());
        Assert.Equal(("team", "search", "usd", 12.5m, 12.5m), (
            budgets[1].GetProperty("scope").GetString(), budgets[1].GetProperty("scopeValue").GetString(), budgets[1].GetProperty("measure").GetString(),
            budgets[1].GetProperty("amount").GetDecimal(), budgets[1].GetProperty("remaining").GetDecimal()));
        gate.Open();
        (await running).Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _receiver.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private static decimal ThresholdOf(RecordedRequest request) => JsonElement.Parse(request.BodyText).GetProperty("data").GetProperty("threshold").GetDecimal();

    private static async Task SpendAsync(GatewayUnderTest gateway, int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await gateway.Client.ChatAsync(FrontDoorGateway.GoodBody)).Status);
        }
    }

    private Task<GatewayUnderTest> StartAsync() => GatewayUnderTest.StartAsync(setup =>
    {
        FrontDoorGateway.UseProvider(setup, _provider);
        setup.BudgetsYaml = """
            webhooks:
              finance: { url: "${FINANCE_URL}", secret: "${FINANCE_SECRET}" }
            budgets:
              each-org: { organization: "*", requests: 20, per: month, thresholds: [ 0.5, 1 ], notify: [ finance ] }
              nobody-yet: { team: search, usd: 12.50, per: month }
            """;
        setup.Environment = new() { ["FINANCE_URL"] = $"{_receiver.BaseUrl}/hook?token={Token}", ["FINANCE_SECRET"] = SigningKey };
        setup.Settings["Redis:Configuration"] = _redis.Configuration;
        setup.Settings["Redis:TimeoutSeconds"] = "5";
        setup.Settings["Webhooks:FirstRetrySeconds"] = "0.2";
        setup.Settings["Webhooks:TimeoutSeconds"] = "1";
    });
}
