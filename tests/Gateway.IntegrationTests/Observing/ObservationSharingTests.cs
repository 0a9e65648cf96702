using System.Net;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Gateway.Routing;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.IntegrationTests.Observing;

/// <summary>Gateways that share what they observe through a real Redis.</summary>
public sealed class ObservationSharingTests
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Board_ThreeReplicas_SeeTheSameWithinFiveSecondsOfAnyChange()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var provider = await FakeProvider.StartAsync();
        await using var a = await StartAsync(provider, redis, "a");
        await using var b = await StartAsync(provider, redis, "b");
        await using var c = await StartAsync(provider, redis, "c");
        GatewayUnderTest[] all = [a, b, c];
        await Wait.UntilAsync(() => all.All(gateway => Board(gateway).Replicas == 3));
        var model = Model(a);

        for (int i = 0; i < 20; i++)
        {
            Call(all[i % 2], firstTokenSeconds: 0.1 * i);
        }

        Board(c).BeginCall(model);
        await Wait.UntilAsync(() => all.All(gateway => Find(gateway) is { FirstToken.Count: > 15, InFlight: 1 }), Promise);
        AssertAlike(all);

        var until = TimeProvider.System.GetUtcNow().AddMinutes(1);
        Board(b).Suspend(model, until);
        await Wait.UntilAsync(() => all.All(gateway => Find(gateway)?.SuspendedUntil == until), Promise);

        Board(b).Resume(model);
        Board(c).CancelCall(model);
        await Wait.UntilAsync(() => all.All(gateway => Find(gateway) is { SuspendedUntil: null, InFlight: 0 }), Promise);
        AssertAlike(all);
        Assert.All(all, gateway => Assert.Equal(model.QualifiedName, Board(gateway).Current.StickyModel(19, TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1))));
        await a.LoggedAsync("shared through Redis as replica 'a'");
    }

    [Fact]
    public async Task Redis_KilledAndRestarted_TheGatewayStaysReadyAndSharesAgain()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var provider = await FakeProvider.StartAsync();
        await using var a = await StartAsync(provider, redis, "a");
        await using var b = await StartAsync(provider, redis, "b");
        Call(a, firstTokenSeconds: 1);
        await Wait.UntilAsync(() => Find(b) is not null);
        Assert.Equal("up", await RedisStateAsync(a));
        Assert.Contains("gateway_redis_up 1", await ScrapeAsync(a), StringComparison.Ordinal);
        Assert.Contains("gateway_observation_replicas 2", await ScrapeAsync(a), StringComparison.Ordinal);

        int before = WarningsOf(a);
        await redis.KillAsync();
        await Wait.UntilAsync(async () => await RedisStateAsync(a) == "down" && await RedisStateAsync(b) == "down");
        Assert.Contains("gateway_redis_up 0", await ScrapeAsync(a), StringComparison.Ordinal);
        Assert.NotNull(Find(b));
        Call(b, firstTokenSeconds: 2);
        await Wait.UntilAsync(() => Find(b)!.Calls > 1.05);

        await redis.RestartAsync();
        await Wait.UntilAsync(() => Find(a)!.Calls > 1.05, TimeSpan.FromSeconds(20));
        Assert.Equal("up", await RedisStateAsync(a));

        // Once for the whole time, and once more should a call have been cut off on the way up.
        Assert.InRange(WarningsOf(a) - before, 1, 2);
    }

    [Fact]
    public async Task Redis_Stopped_TheReplicaGoesOnByItsOwn()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await StartAsync(provider, redis, "a");
        await Wait.UntilAsync(async () => await RedisStateAsync(gateway) == "up");

        await redis.PauseAsync();
        Call(gateway, firstTokenSeconds: 1);
        await Wait.UntilAsync(() => Find(gateway) is not null, Promise);
        await Wait.UntilAsync(async () => await RedisStateAsync(gateway) == "down");

        await redis.ContinueAsync();
        await Wait.UntilAsync(async () => await RedisStateAsync(gateway) == "up", TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Board_WithoutRedis_SeesItsOwn()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await StartAsync(provider, redis: null, "a");

        Call(gateway, firstTokenSeconds: 1);

        await Wait.UntilAsync(() => Find(gateway) is not null, Promise);
        Assert.Null(await RedisStateAsync(gateway));
        var scrape = await ScrapeAsync(gateway);
        Assert.Contains("gateway_observation_replicas 1", scrape, StringComparison.Ordinal);
        Assert.DoesNotContain("gateway_redis_up 0", scrape, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Board_NoteOfAnotherVersion_IsLoggedOnceAndTheOthersCount()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.CliAsync("HSET", "gateway:{observations}:v1", "newer", "9999999999999\u0002x");
        await using var provider = await FakeProvider.StartAsync();
        await using var a = await StartAsync(provider, redis, "a");
        await using var b = await StartAsync(provider, redis, "b");
        Call(b, firstTokenSeconds: 1);

        await Wait.UntilAsync(() => Find(a) is not null);
        var board = Board(a);
        var seen = board.Current;
        await Wait.UntilAsync(() => board.Current != seen);

        Assert.Single(a.Log, line => line.Contains("replica 'newer' do not count: it has version 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redis_WithAPassword_IsReachedAndNothingLogsIt()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "s3cret-w0rd");
        await using var provider = await FakeProvider.StartAsync();
        await using var right = await StartAsync(provider, redis, "a", ",password=s3cret-w0rd");
        await using var wrong = await StartAsync(provider, redis, "b", ",password=wr0ng-w0rd");

        await Wait.UntilAsync(async () => await RedisStateAsync(right) == "up");
        await wrong.LoggedAsync("not shared until Redis answers");

        Assert.Equal("down", await RedisStateAsync(wrong));
        Assert.DoesNotContain(right.Log.Concat(wrong.Log), line => line.Contains("w0rd", StringComparison.Ordinal));
        Assert.DoesNotContain("w0rd", (await wrong.Client.GetAnswerAsync("health/ready")).Body, StringComparison.Ordinal);
    }

    private static int WarningsOf(GatewayUnderTest gateway) =>
        gateway.Log.Count(line => line.Contains("not shared until Redis answers", StringComparison.Ordinal));

    private static ObservationBoard Board(GatewayUnderTest gateway) => gateway.Services.GetRequiredService<ObservationBoard>();

    private static ModelCard Model(GatewayUnderTest gateway) => gateway.Services.GetRequiredService<PolicyStore>().Current.Providers[0].Models[0];

    private static ModelObservation? Find(GatewayUnderTest gateway) => Board(gateway).Current.Find(Model(gateway).QualifiedName);

    private static void Call(GatewayUnderTest gateway, double firstTokenSeconds)
    {
        var model = Model(gateway);
        Board(gateway).BeginCall(model);
        Board(gateway).EndCall(model, new CallObservation
        {
            Route = "auto",
            Task = TaskKind.General,
            IsFailure = false,
            IsStream = true,
            FirstToken = TimeSpan.FromSeconds(firstTokenSeconds),
            Duration = TimeSpan.FromSeconds(firstTokenSeconds + 1),
            OutputTokens = 100,
            EstimatedInputTokens = 10,
            PrefixHash = 19,
        });
    }

    /// <summary>Views made in the same slice of time are the same in every bit; across its end a moment may lie between them.</summary>
    private static void AssertAlike(GatewayUnderTest[] gateways)
    {
        var seen = gateways.Select(gateway => Find(gateway)!).ToList();
        Assert.All(seen, one =>
        {
            Assert.Equal(seen[0].FirstToken!.Quantile(0.5), one.FirstToken!.Quantile(0.5));
            Assert.Equal(seen[0].FirstToken!.Mean, one.FirstToken!.Mean, 1e-6);
            Assert.Equal(seen[0].ErrorRate, one.ErrorRate);
        });
    }

    private static async Task<string?> RedisStateAsync(GatewayUnderTest gateway)
    {
        var ready = await gateway.Client.GetAnswerAsync("health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.Status);
        return ready.Json.TryGetProperty("redis", out var redis) ? redis.GetProperty("state").GetString() : null;
    }

    private static Task<string> ScrapeAsync(GatewayUnderTest gateway) => gateway.Client.GetStringAsync("metrics");

    private static Task<GatewayUnderTest> StartAsync(FakeProvider provider, RedisServer? redis, string name, string credentials = RedisServer.Credentials) =>
        GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, provider);
            setup.Settings["Gateway:ReplicaName"] = name;
            if (redis is not null)
            {
                setup.Settings["Redis:Configuration"] = redis.Address + credentials;
            }
        });
}
