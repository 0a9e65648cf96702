using FsCheck;
using FsCheck.Fluent;
using Gateway.Redis;
using Gateway.Testing;
using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Redis;

/// <summary>What holding beforehand keeps, on a real Redis: nothing is granted that is not held there.</summary>
public sealed class FloatingBudgetStoreTests : IAsyncLifetime
{
    private const long Limit = 1_000_000;
    private const string Requests = "gateway:{budgets:acme}:v2:requests";

    private readonly List<RedisLink> _links = [];
    private readonly List<FloatingBudgetStore> _gateways = [];
    private RedisServer _server = null!;
    private RedisBudgetStore _redis = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "everysec");
        _redis = new RedisBudgetStore(Connect(), new BudgetStoreOptions());
        for (int i = 0; i < 3; i++)
        {
            _gateways.Add(Gateway());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Reserve_FarFromTheLimit_AsksRedisOnceForMany()
    {
        await WarmUpAsync(_gateways[0], "acme", 10);
        await _server.CliAsync("CONFIG", "RESETSTAT");

        for (int i = 0; i < 500; i++)
        {
            var result = await _gateways[0].ReserveAsync(Reservation("acme", $"r{i}", Month.Hard(Limit, 10), Tag.Soft(0, 1)));
            Assert.IsType<ReserveResult.Reserved>(result);
            await _gateways[0].ReleaseAsync("acme", $"r{i}");
        }

        string stats = await _server.CliAsync("INFO", "commandstats");
        string? calls = stats.Split('\n').SingleOrDefault(line => line.StartsWith("cmdstat_evalsha:", StringComparison.Ordinal));
        Assert.InRange(calls is null ? 0 : int.Parse(calls.Split("calls=")[1].Split(',')[0]), 0, 20);
    }

    [Fact]
    public async Task Trap1_Reserve_NearTheLimit_IsAskedForEachAndRefusedExactly()
    {
        List<ReserveResult> results = [];
        for (int i = 0; i < 30; i++)
        {
            results.Add(await _gateways[i % 3].ReserveAsync(Reservation("acme", $"r{i}", Month.Hard(100, 10))));
        }

        Assert.Equal(10, results.Count(result => result is ReserveResult.Reserved));
        Assert.All(results.Skip(10), result => Assert.Equal(0, Assert.IsType<ReserveResult.Refused>(result).Left));
        Assert.Equal(new(Month, 0, 100), await _redis.ReadAsync("acme", Month));
    }

    [Fact]
    public async Task Trap1_ManyClientsOfThreeGateways_NeverAboveTheLimitAndItIsUsedTo99Percent()
    {
        using var done = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var state = await _redis.ReadAsync("acme", Month);
                Assert.True(state.Left(Limit) >= 0, $"{state} is above {Limit}.");
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 60).Select(SpendAsync));
        await done.CancelAsync();
        await watching;

        await Wait.UntilAsync(async () => (await _redis.ReadAsync("acme", Month)).Held == 0);
        Assert.InRange((await _redis.ReadAsync("acme", Month)).Spent, Limit * 99 / 100, Limit);
        await _redis.AssertAgreesAsync("acme", Month, Tag);

        async Task SpendAsync(int client)
        {
            var gateway = _gateways[client % 3];
            var random = new Random(client);
            for (int i = 0; ; i++)
            {
                long hold = random.Next(50, 500);
                var reservation = Reservation("acme", $"c{client}-{i}", Month.Hard(Limit, hold), Tag.Soft(0, 1));
                if (await gateway.ReserveAsync(reservation) is ReserveResult.Refused)
                {
                    if (Limit - (await _redis.ReadAsync("acme", Month)).Spent < Limit / 200)
                    {
                        return;
                    }

                    // What others hold beforehand comes back when they do not use it.
                    await Task.Delay(20);
                    continue;
                }

                var underWay = gateway.Settle(reservation.At(random.NextInt64(hold / 2, hold + 1), 1));
                await (random.Next(2) == 0 ? underWay.Sent : underWay.Done);
            }
        }
    }

    [Fact]
    public void Trap1_4_5_7_AnyHistory_WhatWasGrantedIsHeldInRedisAndTheCountersAreTheLedger() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(25).WithEndSize(80),
        Prop.ForAll(
            (from kind in Gen.Frequency((8, Gen.Constant('r')), (6, Gen.Constant('s')), (2, Gen.Constant('+')), (1, Gen.Constant('x')), (1, Gen.Constant('e')), (1, Gen.Constant('2')))
             from client in Gen.Choose(0, 15)
             from gateway in Gen.Choose(0, 2)
             from amount in Gen.Choose(0, 400)
             select (kind, client, gateway, amount)).ListOf().ToArbitrary(),
            history => Task.Run(() => RunAsync([.. history])).GetAwaiter().GetResult()));

    [Fact]
    public async Task Settle_Twice_IsPaidForOnce()
    {
        await WarmUpAsync(_gateways[0], "acme", 100);
        var reservation = Reservation("acme", "r1", Month.Hard(Limit, 100), Tag.Soft(0, 1));
        await _gateways[0].ReserveAsync(reservation);
        long before = (await _redis.ReadAsync("acme", Month)).Spent;

        var first = await _gateways[0].SettleAsync(reservation.At(60, 1));
        var again = await _gateways[1].SettleAsync(reservation.At(60, 1));

        Assert.True(first.Record.WasHeld);
        Assert.False(first.IsRepeated);
        Assert.True(again.IsRepeated);
        Assert.Equal(first.Record.Id, again.Record.Id);
        Assert.Equal(before + 60, (await _redis.ReadAsync("acme", Month)).Spent);
        await _redis.AssertAgreesAsync("acme", Month, Tag);
    }

    [Fact]
    public async Task Trap4_GatewayDies_WhatItHeldBeforehandComesBackWithTheLease()
    {
        // It is left as it is: nobody gives anything back.
        var dying = Gateway();
        var lease = TimeSpan.FromSeconds(1);
        await WarmUpAsync(dying, "acme", 100, lease);
        await dying.ReserveAsync(Reservation("acme", "r1", lease, Month.Hard(Limit, 100), Tag.Soft(0, 1)));
        Assert.InRange((await _redis.ReadAsync("acme", Month)).Held, 100, Limit / 20);
        await _links[^1].DisposeAsync();

        await Wait.UntilAsync(async () => (await _redis.ReadAsync("acme", Month)).Held == 0, TimeSpan.FromSeconds(20));
        await dying.DisposeAsync();
    }

    [Fact]
    public async Task Rest_NotUsed_IsGivenBackWithinSeconds()
    {
        await WarmUpAsync(_gateways[0], "acme", 100);
        Assert.True((await _redis.ReadAsync("acme", Month)).Held > 0);

        await Wait.UntilAsync(async () => (await _redis.ReadAsync("acme", Month)).Held == 0, TimeSpan.FromSeconds(20));

        Assert.DoesNotContain("float:", await _server.CliAsync("HKEYS", Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_GivesBackAtOnce()
    {
        await using (var gateway = Gateway())
        {
            await WarmUpAsync(gateway, "acme", 100);
            Assert.True((await _redis.ReadAsync("acme", Month)).Held > 0);
        }

        Assert.Equal(0, (await _redis.ReadAsync("acme", Month)).Held);
    }

    [Fact]
    public async Task Trap9_RedisIsGone_WhatIsHeldBeforehandIsNotUsed()
    {
        await WarmUpAsync(_gateways[0], "acme", 10);
        await _server.KillAsync();
        await Wait.UntilAsync(async () => await ReserveAsync("a") is null);

        // It comes back without its memory: what the gateway held there is unknown.
        await _server.RestartAsync();
        await Wait.UntilAsync(async () => await ReserveAsync("b") is not null);
        await _server.CliAsync("FLUSHALL");

        await ReserveAsync("c");
        Assert.Contains("1 held", await _server.CliAsync("HGET", Requests, "c"), StringComparison.Ordinal);

        async Task<ReserveResult?> ReserveAsync(string request)
        {
            try
            {
                return await _gateways[0].ReserveAsync(Reservation("acme", request, Month.Hard(100, 10)));
            }
            catch (BudgetStoreException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Reserve_ConnectionLostWhileInUse_WhatIsHeldBeforehandIsHeldAnew()
    {
        await WarmUpAsync(_gateways[0], "acme", 10);
        var before = await FloatsAsync();
        await _server.CliAsync("CLIENT", "KILL", "TYPE", "normal");

        await Wait.UntilAsync(async () =>
        {
            try
            {
                await WarmUpAsync(_gateways[0], "acme", 10);
                return true;
            }
            catch (BudgetStoreException)
            {
                return false;
            }
        });

        await Wait.UntilAsync(async () => !(await FloatsAsync()).Intersect(before).Any());

        async Task<string[]> FloatsAsync() =>
            [.. (await _server.CliAsync("HKEYS", Requests)).Split('\n').Where(request => request.StartsWith("float:", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Settle_RedisForgotWhatIsHeld_IsCountedAndNothingMoreIsTakenFromIt()
    {
        await WarmUpAsync(_gateways[0], "acme", 100);
        var reservation = Reservation("acme", "r1", Month.Hard(Limit, 100), Tag.Soft(0, 1));
        await _gateways[0].ReserveAsync(reservation);
        await _server.CliAsync("FLUSHALL");

        var result = await _gateways[0].SettleAsync(reservation.At(60, 1));

        Assert.False(result.Record.WasHeld);
        Assert.Equal(60, (await _redis.ReadAsync("acme", Month)).Spent);
        var next = Reservation("acme", "r2", Month.Hard(Limit, 100), Tag.Soft(0, 1));
        await _gateways[0].ReserveAsync(next);
        Assert.True((await _redis.ReadAsync("acme", Month)).Held >= 100);
    }

    private RedisLink Connect()
    {
        _links.Add(RedisStoreHarness.Connect(_server.Configuration));
        return _links[^1];
    }

    private FloatingBudgetStore Gateway() => new(new RedisBudgetStore(Connect(), new BudgetStoreOptions()), share: 0.05, TimeProvider.System);

    /// <summary>Until requests are served from what is held beforehand: Redis knows nothing of theirs.</summary>
    private async Task WarmUpAsync(FloatingBudgetStore gateway, string partition, long hold, TimeSpan? lease = null)
    {
        int i = 0;
        await Wait.UntilAsync(async () =>
        {
            string request = $"warm-{Guid.NewGuid():N}-{i++}";
            var reservation = Reservation(partition, request, lease ?? TimeSpan.FromMinutes(1), Month.Hard(Limit, hold), Tag.Soft(0, 1));
            await gateway.ReserveAsync(reservation);
            bool isThere = await _server.CliAsync("HEXISTS", Requests, request) == "1";
            await gateway.SettleAsync(reservation.At(1, 1));
            return !isThere;
        });
    }

    private async Task RunAsync(IReadOnlyList<(char Kind, int Client, int Gateway, int Amount)> history)
    {
        string partition = NewPartition();
        Dictionary<string, (FloatingBudgetStore Gateway, Reservation Reservation)> open = [];
        long spent = 0;
        int number = 0;
        List<(FloatingBudgetStore Gateway, Settlement Settlement)> settled = [];
        foreach (var (kind, client, index, amount) in history)
        {
            string slot = $"{client}";
            bool isOpen = open.TryGetValue(slot, out var current);
            switch (kind)
            {
                case 'r' when !isOpen:
                    var reservation = Reservation(partition, $"r{number++}", TimeSpan.FromMinutes(1), Month.Hard(20_000, amount), Day.Hard(Limit, amount / 2), Tag.Soft(0, 1));
                    if (await _gateways[index].ReserveAsync(reservation) is ReserveResult.Reserved)
                    {
                        open[slot] = (_gateways[index], reservation);
                    }

                    break;
                case '+' when isOpen:
                    var more = current.Reservation with { Charges = [.. current.Reservation.Charges.Select(charge => charge with { Hold = charge.Hold + amount })] };
                    if (await current.Gateway.ReserveAsync(more) is ReserveResult.Reserved or ReserveResult.AlreadyHeld)
                    {
                        open[slot] = (current.Gateway, more);
                    }

                    break;
                case 's' when isOpen:
                    long[] costs = [.. current.Reservation.Charges.Select(charge => Math.Min(amount, charge.Hold))];
                    var settlement = current.Reservation.At(costs);
                    Assert.False((await current.Gateway.SettleAsync(settlement)).IsRepeated);
                    settled.Add((current.Gateway, settlement));
                    spent += costs[0];
                    open.Remove(slot);
                    break;
                case 'x' when isOpen:
                    Assert.True(await current.Gateway.ReleaseAsync(partition, current.Reservation.RequestId));
                    open.Remove(slot);
                    break;
                case 'e' when isOpen:
                    Assert.True(await current.Gateway.ExtendAsync(partition, current.Reservation.RequestId, TimeSpan.FromMinutes(2)));
                    break;
                case '2' when settled.Count > 0:
                    Assert.True((await _gateways[index].SettleAsync(settled[client % settled.Count].Settlement)).IsRepeated);
                    break;
            }

            var states = await _redis.ReadAsync(partition, [Month, Day]);
            Assert.Equal(spent, states[0].Spent);
            Assert.InRange(states[0].Held, open.Values.Sum(one => one.Reservation.Charges[0].Hold), 20_000 - spent);
            Assert.InRange(states[1].Held, open.Values.Sum(one => one.Reservation.Charges[1].Hold), Limit);
        }

        await _redis.AssertAgreesAsync(partition, Month, Day, Tag);
        Assert.Equal(settled.Count, (await _redis.LedgerAsync(partition)).Count);
    }
}
