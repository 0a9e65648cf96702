using System.Collections.Concurrent;
using Dapper;
using Gateway.Budgets.Sql;
using Gateway.Budgets.Tests.Redis;
using Gateway.Redis;
using Gateway.Testing;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Sql;

/// <summary>
/// Random histories: clients settle, some of it twice, while ledger writers, Redis and the database are killed (SIGKILL) in any order. However
/// it goes, no request is in SQL twice, none that was acknowledged is missing but for what Redis may lose, and SQL's sums are the counters.
/// </summary>
public sealed class LedgerCrashTests : IAsyncLifetime
{
    private const string Partition = "acme";
    private const int Clients = 4;
    private const int Events = 9;

    /// <summary>How long before it is killed Redis may lose what it acknowledged (docs/features/ledger.md); and what a clock's reading may be off here.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2) + TimeSpan.FromMilliseconds(500);

    private readonly TempFolder _folder = new();
    private readonly List<DateTimeOffset> _redisKills = [];
    private readonly ConcurrentDictionary<string, DateTimeOffset?> _requests = [];
    private RedisServer _redis = null!;
    private RedisLink _link = null!;
    private RedisBudgetStore _store = null!;
    private PostgresServer? _postgres;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "everysec");
        _link = RedisStoreHarness.Connect(_redis.Configuration);
        _store = new RedisBudgetStore(_link, new BudgetStoreOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _redis.DisposeAsync();
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Postgres_AnyInterleavingOfCrashes_EveryRequestOnceAndTheSumsAgree(int seed)
    {
        _postgres = await PostgresServer.StartAsync();
        await RunAsync(new Random(seed), await _postgres.CreateDatabaseAsync(), writers: 2, killsRedis: true);
    }

    [Fact]
    public async Task Postgres_CrashesOfWritersAndDatabaseOnly_NothingAcknowledgedIsMissing()
    {
        _postgres = await PostgresServer.StartAsync();
        await RunAsync(new Random(4), await _postgres.CreateDatabaseAsync(), writers: 2, killsRedis: false);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Sqlite_AnyInterleavingOfCrashes_EveryRequestOnceAndTheSumsAgree(int seed) =>
        await RunAsync(new Random(seed), Path.Combine(_folder.Path, "ledger.db"), writers: 1, killsRedis: true);

    private async Task RunAsync(Random random, string database, int writers, bool killsRedis)
    {
        var running = Enumerable.Range(0, writers).Select(i => LedgerWriter.Start(_redis.Configuration, database, $"w{i}")).ToList();
        try
        {
            await Task.WhenAll(running.Select(writer => writer.WaitUntilReadyAsync()));
            using var stop = new CancellationTokenSource();
            var clients = Enumerable.Range(0, Clients).Select(client => Task.Run(() => SettleAsync(client, random.Next(), stop.Token))).ToList();
            for (int i = 0; i < Events; i++)
            {
                await Task.Delay(random.Next(50, 700));
                await CrashAsync(random, running, database, killsRedis);
            }

            await Task.Delay(200);
            await stop.CancelAsync();
            await Task.WhenAll(clients);

            await DrainAsync();
            Assert.All(running, writer => Assert.False(writer.HasEnded));
            await AssertNothingAcknowledgedIsMissingAsync(database);

            // Clients settle again what they are not sure of: nothing is counted twice, and what Redis lost is whole again.
            foreach (string request in _requests.Keys)
            {
                await Wait.UntilAsync(() => TrySettleOneAsync(request));
            }

            await DrainAsync();
            await AssertSumsAgreeAsync(database);
        }
        finally
        {
            foreach (var writer in running)
            {
                await writer.DisposeAsync();
            }
        }
    }

    private async Task CrashAsync(Random random, List<LedgerWriter> writers, string database, bool killsRedis)
    {
        switch (random.Next(killsRedis ? 3 : 2))
        {
            case 0:
                int index = random.Next(writers.Count);
                await writers[index].DisposeAsync();

                // Under its own name, or under another: then its entries are taken over.
                writers[index] = LedgerWriter.Start(_redis.Configuration, database, random.Next(2) == 0 ? $"w{index}" : $"w{random.Next()}");
                break;
            case 1 when _postgres is not null:
                await _postgres.KillAsync();
                await Task.Delay(random.Next(300));
                await _postgres.RestartAsync();
                break;
            case 2:
                _redisKills.Add(TimeProvider.System.GetUtcNow());
                await _redis.KillAsync();
                await Task.Delay(random.Next(300));
                await _redis.RestartAsync();
                break;
        }
    }

    private async Task SettleAsync(int client, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            string request = $"{client}-{i}";
            _requests[request] = null;
            try
            {
                await SettleOneAsync(request);
                _requests[request] = TimeProvider.System.GetUtcNow();
                if (random.Next(10) == 0)
                {
                    await SettleOneAsync(request);
                }
            }
            catch (BudgetStoreException)
            {
                // Redis is gone: the client does not know what became of it.
                await Task.Delay(20, CancellationToken.None);
            }

            await Task.Delay(random.Next(4), CancellationToken.None);
        }
    }

    private Task<SettleResult> SettleOneAsync(string request)
    {
        int amount = 1 + (request.Sum(character => character) % 100);
        return _store.SettleAsync(Reservation(Partition, request, Month.Soft(0, 10), Day.Soft(0, 10)).At(amount, 3));
    }

    private async Task<bool> TrySettleOneAsync(string request)
    {
        try
        {
            await SettleOneAsync(request);
            return true;
        }
        catch (BudgetStoreException)
        {
            // Redis was killed last, and the way to it is not open yet.
            return false;
        }
    }

    private Task DrainAsync() => Wait.UntilAsync(
        async () => await _redis.CliAsync("XLEN", "gateway:{budgets:acme}:v2:ledger") == "0", TimeSpan.FromMinutes(1));

    private async Task AssertNothingAcknowledgedIsMissingAsync(string database)
    {
        var written = (await QueryAsync<string>(database, "SELECT request FROM ledger")).ToHashSet();
        Assert.NotEmpty(written);
        var missing = _requests.Where(request => request.Value is not null && !written.Contains(request.Key)).ToList();
        Assert.All(missing, request => Assert.Contains(_redisKills, kill => request.Value > kill - Window && request.Value < kill + Window));
        Assert.Empty(await QueryAsync<string>(database, "SELECT reason FROM ledger_rejected"));
    }

    private async Task AssertSumsAgreeAsync(string database)
    {
        Assert.Equal(_requests.Keys.Order(StringComparer.Ordinal), (await QueryAsync<string>(database, "SELECT request FROM ledger")).Order(StringComparer.Ordinal));
        long cost = Assert.Single(await QueryAsync<long>(database, "SELECT CAST(SUM(cost) AS BIGINT) FROM ledger"));
        Assert.Equal([cost, 3L * _requests.Count], (await _store.ReadAsync(Partition, [Month, Day])).Select(state => state.Spent));
        Assert.Empty(await QueryAsync<string>(database, "SELECT reason FROM ledger_rejected"));
    }

    private static async Task<IEnumerable<T>> QueryAsync<T>(string database, string sql)
    {
        await using var ledger = LedgerDatabase.Open(LedgerWritingProcess.Options(database), TimeProvider.System);
        await using var connection = await ledger.ConnectAsync(mayCreate: false, default);
        return await connection.QueryAsync<T>(sql);
    }
}
