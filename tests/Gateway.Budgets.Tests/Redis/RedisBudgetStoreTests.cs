using System.Collections.Concurrent;
using Gateway.Redis;
using Gateway.Testing;
using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Redis;

/// <summary>What only the store in Redis does, and what becomes of it when Redis fails.</summary>
public sealed class RedisBudgetStoreTests : IAsyncLifetime
{
    private const string Partition = "acme";

    private readonly TempFolder _folder = new();
    private RedisServer _server = null!;
    private RedisLink _link = null!;
    private RedisBudgetStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        // The last --dir counts: the tests look into it.
        _server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "everysec", "--dir", _folder.Path);
        _link = RedisStoreHarness.Connect(_server.Configuration);
        _store = new RedisBudgetStore(_link, new BudgetStoreOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Keys_OfAPartition_ShareAHashTagAndCarryTheVersion()
    {
        var reservation = Reservation("ac}me", "r1", Month.Hard(100, 60, DateTimeOffset.MaxValue.AddDays(-2)), Day.Hard(100, 60));
        await _store.ReserveAsync(reservation);
        await _store.ReserveAsync(Reservation("ac}me", "r2", Month.Hard(100, 1)));
        await _store.SettleAsync(reservation.At(1, 2));

        var keys = (await _server.CliAsync("KEYS", "*")).Split('\n').Order(StringComparer.Ordinal);

        string prefix = "gateway:{budgets:ac%7Dme}:v2:";
        Assert.Equal(
            [.. new[] { "drops", "leases", "ledger", "memory", "requests", "sums" }.Select(name => prefix + name), "gateway:{budgets}:v2:partitions"], keys);
    }

    [Fact]
    public async Task Keys_AfterEverythingIsSettledOrOver_OnlyWhatIsNeededIsLeft()
    {
        var end = TimeProvider.System.GetUtcNow().AddHours(1);
        var reservation = Reservation(Partition, "r1", Month.Hard(100, 60, end), Day.Hard(100, 60, end));
        await _store.ReserveAsync(reservation);
        await _store.SettleAsync(reservation.At(1, 0));
        await _store.ReserveAsync(Reservation(Partition, "r2", TimeSpan.FromMilliseconds(1), Month.Hard(100, 1)));
        await Wait.UntilAsync(async () => (await _store.SweepAsync()).Count == 1);

        Assert.Equal("", await ReadAsync("ZRANGE", "leases", "0", "-1"));
        Assert.Equal("r1", await ReadAsync("HKEYS", "requests"));
        Assert.Equal($"held {Day}|held {Month}|{Month}|waiting", Sorted(await ReadAsync("HKEYS", "sums")));
        Assert.Equal("1|0|0|1", string.Join('|', await ReadAsync("HMGET", "sums", $"{Month}", $"held {Month}", $"held {Day}", "waiting")).ReplaceLineEndings("|"));
        Assert.InRange(double.Parse(await ReadAsync("ZSCORE", "memory", "r1")), Later(86_300), Later(86_400));
        Assert.InRange(double.Parse(await ReadAsync("ZSCORE", "drops", $"{Month}")), Later(89_900), Later(90_000));

        Task<string> ReadAsync(string command, string key, params string[] more) =>
            _server.CliAsync([command, "gateway:{budgets:acme}:v2:" + key, .. more]);

        static string Sorted(string lines) => string.Join('|', lines.Split('\n').Order(StringComparer.Ordinal));

        static double Later(int seconds) => TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToUnixTimeMilliseconds();
    }

    [Fact]
    public async Task Settle_RedisIsGone_IsNotSaidToBeOnItsWay()
    {
        await _store.ReserveAsync(Reservation(Partition, "r1", Month.Hard(100, 1)));
        await _server.KillAsync();
        await Assert.ThrowsAsync<BudgetStoreException>(() => _store.ReserveAsync(Reservation(Partition, "r2", Month.Hard(100, 1))));

        foreach (string partition in (string[])[Partition, "never seen"])
        {
            var underWay = _store.Settle(Reservation(partition, "r1", Month.Hard(100, 1)).At(1));
            await Assert.ThrowsAsync<BudgetStoreException>(() => underWay.Done);
            Assert.True(underWay.Sent.IsCanceled);
        }
    }

    [Fact]
    public async Task Sweep_MemoryAndWindowAreOver_NothingOfThemIsLeft()
    {
        var store = new RedisBudgetStore(_link, new BudgetStoreOptions { Memory = TimeSpan.FromSeconds(1) });
        var ended = TimeProvider.System.GetUtcNow();
        for (int i = 0; i < 250; i++)
        {
            var reservation = Reservation(Partition, $"r{i}", Month.Hard(1000, 2, ended), new CounterId("day", "acme", $"{i}").Hard(1000, 1, ended));
            await store.ReserveAsync(reservation);
            await store.SettleAsync(reservation.At(2, 1));
        }

        var open = Reservation(Partition, "open", Month.Hard(1000, 5, ended));
        await store.ReserveAsync(open);
        await Wait.UntilAsync(async () =>
        {
            await store.SweepAsync();
            return await _server.CliAsync("HLEN", "gateway:{budgets:acme}:v2:requests") == "1";
        });

        // What is held on a counter outlasts it.
        Assert.Equal($"held {Month}|waiting", (await _server.CliAsync("HKEYS", "gateway:{budgets:acme}:v2:sums")).ReplaceLineEndings("|"));
        Assert.Equal(new(Month, 0, 5), await store.ReadAsync(Partition, Month));
        Assert.True(await store.ReleaseAsync(Partition, "open"));
        Assert.Equal(new(Month, 0, 0), await store.ReadAsync(Partition, Month));
        Assert.Equal(250, (await store.LedgerAsync(Partition)).Count);
    }

    [Fact]
    public async Task Reserve_RedisIsDown_FailsAtOnceAndSaysNothingWasDone()
    {
        await _server.KillAsync();
        await Wait.UntilAsync(async () => await FailureAsync() is { MayBeDone: false });

        await _server.RestartAsync();
        await Wait.UntilAsync(async () => await FailureAsync() is null);
        Assert.Equal(new(Month, 0, 10), await _store.ReadAsync(Partition, Month));

        async Task<BudgetStoreException?> FailureAsync()
        {
            try
            {
                await _store.ReserveAsync(Reservation(Partition, "r1", Month.Hard(100, 10)));
                return null;
            }
            catch (BudgetStoreException exception)
            {
                return exception;
            }
        }
    }

    [Fact]
    public async Task Sweep_RedisLostTheListOfPartitions_PutsItBack()
    {
        await _store.ReserveAsync(Reservation(Partition, "r1", Month.Hard(100, 60)));
        await _server.CliAsync("FLUSHALL");

        await _store.SweepAsync();

        Assert.Equal([Partition], await _store.ReadPartitionsAsync());
    }

    [Fact]
    public async Task Settle_HoldOfANewerVersion_IsRefusedAndNothingChanges()
    {
        var reservation = Reservation(Partition, "r1", Month.Hard(100, 60));
        await _store.ReserveAsync(reservation);
        await _server.CliAsync("HSET", "gateway:{budgets:acme}:v2:requests", "r1", "2 whatever");

        var exception = await Assert.ThrowsAsync<BudgetStoreException>(() => _store.SettleAsync(reservation.At(10)));

        Assert.False(exception.MayBeDone);
        Assert.Contains("the record of r1 has a schema version that this build does not read", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await _store.LedgerAsync(Partition));
        Assert.Equal(0, (await _store.ReadAsync(Partition, Month)).Spent);
    }

    [Fact]
    public async Task Settle_OneOfManyAtOnceIsDamaged_OnlyThatOneIsRefused()
    {
        var reservations = Enumerable.Range(0, 60).Select(i => Reservation(Partition, $"r{i}", Month.Hard(1000, 10), Day.Soft(1, 5))).ToList();
        Assert.All(await Task.WhenAll(reservations.Select(reservation => _store.ReserveAsync(reservation))), result => Assert.IsType<ReserveResult.Reserved>(result));
        await _server.CliAsync("HSET", "gateway:{budgets:acme}:v2:requests", "r33", "2 whatever");

        var refused = await Task.WhenAll(reservations.Select(async reservation =>
        {
            try
            {
                await _store.SettleAsync(reservation.At(7, 3));
                return null;
            }
            catch (BudgetStoreException exception)
            {
                Assert.True(exception.IsRefusal);
                return reservation.RequestId;
            }
        }));

        Assert.Equal(["r33"], refused.Where(request => request is not null));
        var ledger = await _store.LedgerAsync(Partition);
        Assert.Equal(59, ledger.Select(record => record.Entry.RequestId).Distinct().Count());

        // The totals of the records follow one another, as if the steps had come one by one.
        Assert.Equal(Enumerable.Range(1, 59).Select(i => 7L * i), ledger.Select(record => record.Position.Charges.Single(charge => charge.Counter == Month).Total));
        Assert.Equal(59 * 7, (await _store.ReadAsync(Partition, Month)).Spent);
    }

    [Fact]
    public async Task Steps_ManyAtOnce_ShareScripts()
    {
        await _store.ReserveAsync(Reservation(Partition, "first", Month.Hard(1_000_000, 10)));
        await _server.CliAsync("CONFIG", "RESETSTAT");

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => _store.ReserveAsync(Reservation(Partition, $"r{i}", Month.Hard(1_000_000, 10)))));

        string calls = (await _server.CliAsync("INFO", "commandstats")).Split('\n').Single(line => line.StartsWith("cmdstat_evalsha:", StringComparison.Ordinal));
        Assert.InRange(int.Parse(calls.Split("calls=")[1].Split(',')[0]), 8, 250);
        Assert.Equal(5_010, (await _store.ReadAsync(Partition, Month)).Held);
    }

    [Fact]
    public async Task ReadLedger_RecordOfANewerVersion_IsRefused()
    {
        await _server.CliAsync("XADD", "gateway:{budgets:acme}:v2:ledger", "*", "v", "2", "more", "whatever");

        var exception = await Assert.ThrowsAsync<BudgetStoreException>(() => _store.LedgerAsync(Partition));

        Assert.Contains("schema version 2", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(333)]
    [InlineData(5_000)]
    [InlineData(20_001)]
    public async Task Trap5_Kill_InTheMiddleOfSettlements_TheSumsOfWhatSurvivedAgree(int lostBytes)
    {
        var early = await SettleAsync("early", 300, atTheEnd: () => Task.CompletedTask);
        await WrittenAsync();
        var late = await SettleAsync("late", 300, atTheEnd: _server.KillAsync);
        if (lostBytes > 0)
        {
            // As when the machine loses power: what Redis wrote last was not on the disk yet.
            string file = Directory.GetFiles(Path.Combine(_folder.Path, "appendonlydir"), "*.incr.aof").Single();
            await using var stream = File.OpenWrite(file);
            stream.SetLength(stream.Length - lostBytes);
        }

        await _server.RestartAsync();

        await AssertConsistentAsync();
        var survived = await RequestsAsync();
        int mayBeLost = lostBytes == 0 ? 0 : 1 + (lostBytes / 500);
        Assert.InRange(early.Count(request => !survived.Contains(request)), 0, mayBeLost);

        // A gateway that settles again what it is not sure of makes the ledger whole, without counting anything twice.
        foreach (string request in early.Concat(late))
        {
            await _store.SettleAsync(Of(request).At(7, 3));
        }

        await AssertConsistentAsync();
        Assert.Superset(early.Concat(late).ToHashSet(), await RequestsAsync());
    }

    private static Reservation Of(string request) => Reservation(Partition, request, TimeSpan.FromMinutes(1), Month.Soft(0, 10), Day.Hard(1_000_000_000, 5));

    /// <summary>Settles from many clients at once, and returns the requests whose settlement was acknowledged.</summary>
    /// <param name="count">How many are to be acknowledged before the end begins.</param>
    /// <param name="atTheEnd">Runs while they settle; they stop when Redis is gone, or it is over.</param>
    private async Task<IReadOnlyList<string>> SettleAsync(string name, int count, Func<Task> atTheEnd)
    {
        ConcurrentQueue<string> acknowledged = [];
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            try
            {
                for (int i = 0; acknowledged.Count < count || !stop.IsCancellationRequested; i++)
                {
                    var reservation = Of($"{name}-{client}-{i}");
                    await _store.ReserveAsync(reservation);
                    await _store.SettleAsync(reservation.At(7, 3));
                    acknowledged.Enqueue(reservation.RequestId);
                }
            }
            catch (BudgetStoreException)
            {
                // Redis is gone.
            }
        })).ToList();
        await Wait.UntilAsync(() => acknowledged.Count >= count, TimeSpan.FromMinutes(1));
        var end = atTheEnd();
        await stop.CancelAsync();
        await Task.WhenAll([.. clients, end]);
        return [.. acknowledged];
    }

    /// <summary>Until Redis wrote what it acknowledged: with everysec that may take two seconds, while the file is being synchronised.</summary>
    private Task WrittenAsync() => Wait.UntilAsync(async () =>
        (await _server.CliAsync("INFO", "persistence")).Contains("aof_buffer_length:0\r", StringComparison.Ordinal), TimeSpan.FromSeconds(30));

    private async Task<HashSet<string>> RequestsAsync() => [.. (await _store.LedgerAsync(Partition)).Select(record => record.Entry.RequestId)];

    /// <summary>The counters are the sums of the ledger, and what is held is what the holds say.</summary>
    private async Task AssertConsistentAsync()
    {
        await Wait.UntilAsync(async () =>
        {
            try
            {
                await _store.SweepAsync();
                return true;
            }
            catch (BudgetStoreException)
            {
                return false;
            }
        });
        await _store.AssertAgreesAsync(Partition, Month, Day);
        string[] requests = (await _server.CliAsync("HVALS", "gateway:{budgets:acme}:v2:requests")).Split('\n');
        long holds = requests.LongCount(request => request.StartsWith("1 held", StringComparison.Ordinal));
        Assert.Equal(holds, long.Parse(await _server.CliAsync("ZCARD", "gateway:{budgets:acme}:v2:leases")));
        Assert.Equal([10 * holds, 5 * holds], (await _store.ReadAsync(Partition, [Month, Day])).Select(state => state.Held));
    }
}
