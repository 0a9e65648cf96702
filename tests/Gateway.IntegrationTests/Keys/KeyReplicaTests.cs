using System.Net;
using Gateway.Contracts.Errors;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Keys;

/// <summary>Managed keys of three gateways on one real Redis.</summary>
public sealed class KeyReplicaTests : IAsyncLifetime
{
    /// <summary>By message, which takes milliseconds: this leaves room for a busy machine, and is below any poll.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(10);

    /// <summary>The default of Keys:PollSeconds and that of Redis:TimeoutSeconds are 3 s together; the rest is for a busy machine.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private FakeProvider _provider = null!;
    private RedisServer _redis = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _redis = await RedisServer.StartAsync();
    }

    [Fact]
    public async Task Revoke_OnOneReplica_IsRefusedOnAllAtOnceByMessage()
    {
        // So seldom that no look can be what brings it.
        await using var replicas = await StartAsync(setup => setup.Settings["Keys:PollSeconds"] = "60");
        for (int i = 0; i < 5; i++)
        {
            var key = await replicas[0].CreateAsync($$"""{"id":"key-{{i}}"}""");
            await replicas.UntilAllAnswerAsync(key, HttpStatusCode.OK, AtOnce);

            await replicas[1].RevokeAsync($"key-{i}");
            Assert.Equal(HttpStatusCode.Unauthorized, await replicas[1].StatusAsync(key));
            await replicas.UntilAllAnswerAsync(key, HttpStatusCode.Unauthorized, AtOnce);
        }
    }

    [Fact]
    public async Task Revoke_WhileMessagesAreLost_IsRefusedOnAllWithinTheStatedBound()
    {
        await _redis.CliAsync("ACL", "SETUSER", RedisServer.User, "-subscribe", "-psubscribe");
        await using var replicas = await StartAsync();
        var key = await replicas[0].CreateAsync("""{"id":"key"}""");
        await replicas.UntilAllAnswerAsync(key, HttpStatusCode.OK, Bound);

        await replicas[1].RevokeAsync("key");
        await replicas.UntilAllAnswerAsync(key, HttpStatusCode.Unauthorized, Bound);
    }

    [Fact]
    public async Task RedisDown_KnownKeysWorkRevocationsHoldAndNoRequestWaits()
    {
        await using var replicas = await StartAsync();
        var good = await replicas[0].CreateAsync("""{"id":"good","admin":true}""");
        var bad = await replicas[0].CreateAsync("""{"id":"bad"}""");
        await replicas[0].RevokeAsync("bad");
        await replicas.UntilAllAnswerAsync(good, HttpStatusCode.OK);
        await replicas.UntilAllAnswerAsync(bad, HttpStatusCode.Unauthorized);

        await _redis.PauseAsync();
        long start = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < 20; i++)
        {
            foreach (var replica in replicas.All)
            {
                Assert.Equal(["operator", "bad", "good"], await IdsAsync(replica, good));
                (await replica.AskAsync(bad)).ShouldBe(ErrorCode.CallerInvalidKey);
            }
        }

        // 120 requests; if each waited for Redis, they would take ten minutes.
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60));
        (await replicas[0].AdminAsync(KeyApi.Admin, """{"id":"more"}""")).ShouldBe(ErrorCode.PolicyKeysUnavailable);
        await _redis.ContinueAsync();
        await Wait.UntilAsync(async () => (await replicas[0].AdminAsync(KeyApi.Admin, """{"id":"later"}""")).Status == HttpStatusCode.Created, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task RedisRestartedEmpty_ReplicasBringBackWhatTheyKnowAndNoRevokedKeyWithIt()
    {
        await using var replicas = await StartAsync();
        var good = await replicas[0].CreateAsync("""{"id":"good"}""");
        var bad = await replicas[0].CreateAsync("""{"id":"bad"}""");
        await replicas[0].RevokeAsync("bad");
        await replicas.UntilAllAnswerAsync(good, HttpStatusCode.OK);

        await _redis.KillAsync();
        await _redis.RestartAsync();
        await Wait.UntilAsync(async () => (await _redis.CliAsync("HLEN", "gateway:{keys}:v1")) == "2", TimeSpan.FromSeconds(20));

        await using var newcomer = await KeyApi.StartAsync(_provider, _redis);
        Assert.Equal(HttpStatusCode.OK, await newcomer.StatusAsync(good));
        Assert.Equal(HttpStatusCode.Unauthorized, await newcomer.StatusAsync(bad));
        Assert.All(await replicas.StatusesAsync(bad), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
    }

    [Fact]
    public async Task Start_WithoutRedis_FileKeysWorkAndUnknownOnesAreNotCalledWrong()
    {
        await _redis.KillAsync();
        await using var gateway = await KeyApi.StartAsync(_provider, _redis);
        Assert.Equal(HttpStatusCode.OK, await gateway.StatusAsync(KeyApi.Operator.Key));
        (await gateway.AskAsync("gw-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).ShouldBe(ErrorCode.PolicyKeysUnavailable);

        // Nobody knows that there are no keys: an outage opens no door.
        await using var keyless = await KeyApi.StartAsync(_provider, _redis, setup => setup.KeysYaml = null);
        (await keyless.AskAsync(null)).ShouldBe(ErrorCode.CallerMissingKey);

        await _redis.RestartAsync();
        await Wait.UntilAsync(async () => await keyless.StatusAsync(null) == HttpStatusCode.OK, TimeSpan.FromSeconds(20));
        (await gateway.AskAsync("gw-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).ShouldBe(ErrorCode.CallerInvalidKey);
    }

    [Fact]
    public async Task Start_WhileRedisRefuses_KeysAreReadWhenItAnswersAndNotAnIntervalLater()
    {
        string key;
        await using (var first = await KeyApi.StartAsync(_provider, _redis))
        {
            key = await first.CreateAsync("""{"id":"key"}""");
        }

        // The connection stays as it is, and no message comes over it.
        await _redis.CliAsync("ACL", "SETUSER", RedisServer.User, "-@scripting", "-subscribe", "-psubscribe");
        await using var second = await KeyApi.StartAsync(_provider, _redis, setup => setup.Settings["Keys:PollSeconds"] = "60");
        (await second.AskAsync(key)).ShouldBe(ErrorCode.PolicyKeysUnavailable);

        await _redis.CliAsync("ACL", "SETUSER", RedisServer.User, "+@scripting");
        await Wait.UntilAsync(async () => await second.StatusAsync(key) == HttpStatusCode.OK, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Create_SameIdOnThreeReplicasAtOnce_IsMadeOnce()
    {
        await using var replicas = await StartAsync();
        var made = await Task.WhenAll(replicas.All.Select(replica => replica.AdminAsync(KeyApi.Admin, """{"id":"only-one"}""")));

        var key = Assert.Single(made, answer => answer.Status == HttpStatusCode.Created).Json.GetProperty("key").GetString();
        Assert.All(made.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.ShouldBe(ErrorCode.CallerKeyConflict, "id"));
        await replicas.UntilAllAnswerAsync(key, HttpStatusCode.OK);
        Assert.DoesNotContain(key!, await _redis.CliAsync("HVALS", "gateway:{keys}:v1"), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _provider.DisposeAsync();
    }

    /// <summary>By a request that needs nothing of Redis itself, as one that is settled does.</summary>
    private static async Task<IEnumerable<string?>> IdsAsync(GatewayUnderTest replica, string key) =>
        (await replica.SendAsync(HttpMethod.Get, KeyApi.Admin, key)).OkJson.GetProperty("keys").EnumerateArray().Select(entry => entry.GetProperty("id").GetString());

    private async Task<Replicas> StartAsync(Action<GatewaySetup>? configure = null) => new(
    [
        await KeyApi.StartAsync(_provider, _redis, configure),
        await KeyApi.StartAsync(_provider, _redis, configure),
        await KeyApi.StartAsync(_provider, _redis, configure),
    ]);

    private sealed class Replicas(IReadOnlyList<GatewayUnderTest> all) : IAsyncDisposable
    {
        public IReadOnlyList<GatewayUnderTest> All { get; } = all;

        public GatewayUnderTest this[int index] => All[index];

        public Task<HttpStatusCode[]> StatusesAsync(string? key) => Task.WhenAll(All.Select(replica => replica.StatusAsync(key)));

        /// <summary>A failure says what they answered at last.</summary>
        public async Task UntilAllAnswerAsync(string? key, HttpStatusCode status, TimeSpan? limit = null)
        {
            HttpStatusCode[] seen = [];
            try
            {
                await Wait.UntilAsync(async () => (seen = await StatusesAsync(key)).All(answer => answer == status), limit);
            }
            catch (TimeoutException)
            {
                Assert.All(seen, answer => Assert.Equal(status, answer));
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var replica in All)
            {
                await replica.DisposeAsync();
            }
        }
    }
}
