using Gateway.Budgets.Sql;
using Gateway.Testing;
using Microsoft.Data.Sqlite;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Sql;

public sealed class EmbeddedLedgerSourceTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private SqliteBudgetStore _store = null!;
    private LedgerDatabase _ledger = null!;

    public async ValueTask InitializeAsync()
    {
        _store = OpenStore("budgets.db");
        _ledger = OpenLedger("ledger.db");
        await _ledger.PrepareAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Step_SettledRequestsOfAllPartitions_AreAddedOnce()
    {
        await SettleAsync(_store, "acme", 3);
        await SettleAsync(_store, "other", 2);
        var intake = Intake(_store);

        var result = (await intake.StepAsync())!;

        Assert.Equal((5, 0, 0), (result.Added, result.Known, result.Rejected.Count));
        Assert.Null(await intake.StepAsync());
        Assert.Equal(new LedgerBacklog(0, TimeSpan.Zero), intake.Backlog);
    }

    [Fact]
    public async Task Step_AfterARestart_GoesOnWhereTheLedgerEnds()
    {
        await SettleAsync(_store, "acme", 3);
        await Intake(_store).StepAsync();
        await SettleAsync(_store, "acme", 1, first: 3);

        var result = (await Intake(_store).StepAsync())!;

        Assert.Equal((1, 0), (result.Added, result.Known));
    }

    [Fact]
    public async Task Step_TakenAndNotConfirmed_ComesAgainAndIsKnown()
    {
        await SettleAsync(_store, "acme", 3);
        var source = new EmbeddedLedgerSource(_store, TimeProvider.System);
        await _ledger.AppendAsync((await source.TakeAsync(_ledger, 2)).Take(1).ToList());

        var result = (await new LedgerIntake(source, _ledger, new LedgerOptions()).StepAsync())!;

        Assert.Equal((2, 1), (result.Added, result.Known));
    }

    [Fact]
    public async Task Step_BudgetFileWasReplaced_ReadsTheNewOneFromItsBeginning()
    {
        await SettleAsync(_store, "acme", 3);
        await Intake(_store).StepAsync();
        await using var second = OpenStore("second.db");
        await SettleAsync(second, "acme", 5, first: 100);

        Assert.Equal(5, (await Intake(second).StepAsync())!.Added);
    }

    [Fact]
    public async Task Step_LedgerWasReplaced_IsFilledAgain()
    {
        await SettleAsync(_store, "acme", 3);
        var source = new EmbeddedLedgerSource(_store, TimeProvider.System);
        await new LedgerIntake(source, _ledger, new LedgerOptions()).StepAsync();
        await using var second = OpenLedger("second-ledger.db");
        await second.PrepareAsync();

        Assert.Equal(3, (await new LedgerIntake(source, second, new LedgerOptions()).StepAsync())!.Added);
    }

    [Fact]
    public async Task Backlog_UnderSteadyLoad_IsAsOldAsTheLastLookAndNoOlder()
    {
        var time = new ManualTime();
        var source = new EmbeddedLedgerSource(_store, time);
        var intake = new LedgerIntake(source, _ledger, new LedgerOptions { BatchSize = 3 });
        for (int second = 0; second < 5; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await SettleAsync(_store, "acme", 2, first: 2 * second);
            await intake.StepAsync();
            Assert.Equal(new LedgerBacklog(2, TimeSpan.FromSeconds(1)), intake.Backlog);
        }

        // More than a batch takes: what is left may be as old as what was taken.
        await SettleAsync(_store, "acme", 5, first: 100);
        foreach (var (left, age) in ((int, int)[])[(5, 1), (2, 2), (1, 1)])
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await SettleAsync(_store, "acme", left == 1 ? 1 : 0, first: 200);
            await intake.StepAsync();
            Assert.Equal(new LedgerBacklog(left, TimeSpan.FromSeconds(age)), intake.Backlog);
        }

        Assert.Null(await intake.StepAsync());
        Assert.Equal(LedgerBacklog.Empty, intake.Backlog);
    }

    [Fact]
    public async Task Step_DamagedRecord_IsSetAsideAndTheRestGoesOn()
    {
        await SettleAsync(_store, "acme", 3);
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "budgets.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE ledger SET entry = '{' WHERE request = 'r1'";
            await command.ExecuteNonQueryAsync();
        }

        var result = (await Intake(_store).StepAsync())!;

        Assert.Equal(2, result.Added);
        Assert.Single(result.Rejected);
    }

    private LedgerIntake Intake(SqliteBudgetStore store) => new(new EmbeddedLedgerSource(store, TimeProvider.System), _ledger, new LedgerOptions());

    private SqliteBudgetStore OpenStore(string name) => new(Path.Combine(_folder.Path, name), new BudgetStoreOptions(), TimeProvider.System);

    private LedgerDatabase OpenLedger(string name) => LedgerDatabase.Open(new LedgerOptions { Path = Path.Combine(_folder.Path, name) }, TimeProvider.System);

    private static async Task SettleAsync(SqliteBudgetStore store, string partition, int count, int first = 0)
    {
        for (int i = first; i < first + count; i++)
        {
            await store.SettleAsync(Reservation(partition, $"r{i}", Month.Soft(0, 10)).At(7));
        }
    }
}
