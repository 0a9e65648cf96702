using Gateway.Budgets.Sql;
using Gateway.Budgets.Tests.Redis;
using Gateway.Redis;
using Gateway.Testing;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Sql;

public sealed class RedisLedgerSourceTests : IAsyncLifetime
{
    private const string Stream = "gateway:{budgets:acme}:v2:ledger";

    private readonly TempFolder _folder = new();
    private readonly LedgerOptions _options;
    private RedisServer _redis = null!;
    private RedisLink _link = null!;
    private RedisBudgetStore _store = null!;
    private LedgerDatabase _ledger = null!;

    public RedisLedgerSourceTests() => _options = new LedgerOptions { Path = Path.Combine(_folder.Path, "ledger.db"), ClaimAfterSeconds = 1 };

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _link = RedisStoreHarness.Connect(_redis.Configuration);
        _store = new RedisBudgetStore(_link, new BudgetStoreOptions());
        _ledger = LedgerDatabase.Open(_options, TimeProvider.System);
        await _ledger.PrepareAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        await _link.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Take_NothingWasEverSettled_GivesNothingAndMakesNoKey()
    {
        await _store.ReserveAsync(Reservation("acme", "r1", Month.Hard(100, 10)));

        Assert.Empty(await Source("a").TakeAsync(_ledger, 10));

        Assert.Equal("0", await _redis.CliAsync("EXISTS", Stream));
    }

    [Fact]
    public async Task Take_SettledRequests_ComeInOrderAndAreDeletedWhenConfirmed()
    {
        await SettleAsync("r1", "r2", "r3");
        var source = Source("a");

        var first = await source.TakeAsync(_ledger, 2);

        Assert.Equal(new LedgerBacklog(3, source.Backlog!.Age), source.Backlog);
        Assert.Equal(["r1", "r2"], first.Select(Request));
        Assert.Equal("3", await _redis.CliAsync("XLEN", Stream));
        await source.ConfirmAsync(first);
        Assert.Equal("1", await _redis.CliAsync("XLEN", Stream));
        Assert.Equal(["r3"], (await source.TakeAsync(_ledger, 2)).Select(Request));
    }

    [Fact]
    public async Task Take_RequestsSettledTogether_ShareEntriesAndAreCountedAndConfirmedOneByOne()
    {
        string[] requests = [.. Enumerable.Range(0, 200).Select(i => $"r{i}")];
        await Task.WhenAll(requests.Select(request => SettleAsync(request)));
        Assert.InRange(int.Parse(await _redis.CliAsync("XLEN", Stream)), 4, 100);
        var source = Source("a");
        HashSet<string> seen = [];
        HashSet<string> positions = [];
        while (await source.TakeAsync(_ledger, 20) is { Count: > 0 } records)
        {
            Assert.Equal(200 - seen.Count, source.Backlog!.Records);
            seen.UnionWith(records.Select(Request));
            positions.UnionWith(records.Select(record => record.Position));
            await source.ConfirmAsync(records);
        }

        Assert.Equal(requests.ToHashSet(), seen);
        Assert.Equal(200, positions.Count);
        Assert.Equal("0", await _redis.CliAsync("XLEN", Stream));
    }

    [Fact]
    public async Task Take_NotConfirmed_ComesAgainToTheSameConsumerBeforeAnythingNew()
    {
        await SettleAsync("r1");
        await Source("a").TakeAsync(_ledger, 10);
        await SettleAsync("r2");

        var source = Source("a");

        Assert.Equal(["r1"], (await source.TakeAsync(_ledger, 10)).Select(Request));
    }

    [Fact]
    public async Task Take_OtherConsumerDied_ItsEntriesAreTakenOverAfterTheTime()
    {
        await SettleAsync("r1");
        await Source("dead").TakeAsync(_ledger, 10);
        var source = Source("alive");
        Assert.Empty(await source.TakeAsync(_ledger, 10));

        IReadOnlyList<IncomingRecord> records = [];
        await Wait.UntilAsync(async () => (records = await source.TakeAsync(_ledger, 10)).Count > 0);

        Assert.Equal(["r1"], records.Select(Request));
    }

    [Fact]
    public async Task Take_TakenOverByAnotherAndCommitted_TheSlowOneGoesOnWithTheRest()
    {
        await SettleAsync("r1");
        var slow = Source("slow");
        var taken = await slow.TakeAsync(_ledger, 10);
        var other = Source("other");
        await Wait.UntilAsync(async () => (await other.TakeAsync(_ledger, 10)).Count > 0);
        await other.ConfirmAsync(taken);

        await slow.ConfirmAsync(taken);
        await SettleAsync("r2");

        Assert.Equal(["r2"], (await slow.TakeAsync(_ledger, 10)).Select(Request));
    }

    [Fact]
    public async Task Take_EntryGoneBehindTheReadersBack_IsForgotten()
    {
        await SettleAsync("r1", "r2");
        var source = Source("a");
        var taken = await source.TakeAsync(_ledger, 1);
        await _redis.CliAsync("XDEL", Stream, StreamPosition.Parse(taken[0].Position).Entry);

        Assert.Empty(await source.TakeAsync(_ledger, 1));

        Assert.Equal(["r2"], (await source.TakeAsync(_ledger, 1)).Select(Request));
        Assert.StartsWith("1\n", await _redis.CliAsync("XPENDING", Stream, "sql"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Take_SeveralPartitions_NoneWaitsForAnother()
    {
        for (int i = 0; i < 20; i++)
        {
            await SettleInAsync("busy", $"b{i}");
        }

        await SettleInAsync("quiet", "q1");
        var source = Source("a");
        HashSet<string> seen = [];
        for (int i = 0; i < 2; i++)
        {
            var records = await source.TakeAsync(_ledger, 5);
            seen.UnionWith(records.Select(record => record.Partition));
            await source.ConfirmAsync(records);
        }

        Assert.Equal(["busy", "quiet"], seen.Order());
    }

    [Fact]
    public async Task Take_EntriesGoToAnotherLedger_IsRefused()
    {
        await SettleAsync("r1");
        await Source("a").TakeAsync(_ledger, 1);
        await using var second = LedgerDatabase.Open(_options with { Path = Path.Combine(_folder.Path, "second.db") }, TimeProvider.System);
        await second.PrepareAsync();

        var exception = await Assert.ThrowsAsync<LedgerUnavailableException>(() => Source("b").TakeAsync(second, 1));

        Assert.Contains($"go to the ledger with the id {_ledger.Id}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Take_RedisLostTheGroup_BeginsAnewAndTheLedgerKnowsItsEntries()
    {
        await SettleAsync("r1", "r2");
        var intake = new LedgerIntake(Source("a"), _ledger, _options);
        await _redis.CliAsync("XGROUP", "CREATE", Stream, "sql", "0");
        Assert.Equal(2, (await intake.StepAsync())!.Added);
        await SettleAsync("r3");
        await _redis.CliAsync("XGROUP", "DESTROY", Stream, "sql");

        Assert.Equal(1, (await intake.StepAsync())!.Added);
        Assert.Null(await intake.StepAsync());
    }

    [Fact]
    public async Task Step_PoisonInTheStream_IsSetAsideAndTheRestGoesOn()
    {
        await SettleAsync("r1");
        await _redis.CliAsync("XADD", Stream, "*", "v", "2", "more", "whatever");
        await SettleAsync("r2");
        var intake = new LedgerIntake(Source("a"), _ledger, _options);

        var result = (await intake.StepAsync())!;

        Assert.Equal((2, 0), (result.Added, result.Known));
        Assert.Contains("schema version '2'", Assert.Single(result.Rejected).Reason, StringComparison.Ordinal);
        Assert.Null(await intake.StepAsync());
        Assert.Equal("0", await _redis.CliAsync("XLEN", Stream));
    }

    [Fact]
    public async Task Step_RedisIsDown_SaysSoAndGoesOnAfterwards()
    {
        var intake = new LedgerIntake(Source("a"), _ledger, _options);
        await _redis.KillAsync();
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => intake.StepAsync());

        await _redis.RestartAsync();
        await Wait.UntilAsync(async () =>
        {
            try
            {
                await SettleAsync("r1");
                return true;
            }
            catch (BudgetStoreException)
            {
                return false;
            }
        });

        Assert.Equal(1, (await intake.StepAsync())!.Added);
    }

    [Fact]
    public async Task Step_RedisCluster_ReadsEveryPartitionWhereverItLies()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var link = RedisStoreHarness.Connect(cluster.Configuration);
        var store = new RedisBudgetStore(link, new BudgetStoreOptions());
        for (int i = 0; i < 12; i++)
        {
            await store.SettleAsync(Reservation($"partition-{i}", $"r{i}", Month.Soft(0, 10)).At(7));
        }

        var intake = new LedgerIntake(new RedisLedgerSource(link, "a", _options, TimeProvider.System), _ledger, _options);
        int added = 0;
        while (await intake.StepAsync() is { } result)
        {
            added += result.Added;
        }

        Assert.Equal(12, added);
    }

    private RedisLedgerSource Source(string consumer) => new(_link, consumer, _options, TimeProvider.System);

    private Task SettleAsync(params string[] requests) => SettleInAsync("acme", requests);

    private async Task SettleInAsync(string partition, params string[] requests)
    {
        foreach (string request in requests)
        {
            await _store.SettleAsync(Reservation(partition, request, Month.Soft(0, 10)).At(7));
        }
    }

    private static string Request(IncomingRecord record) => LedgerRow.Read(record).Entry.RequestId;
}
