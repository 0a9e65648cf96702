using Gateway.Testing;
using Microsoft.Data.Sqlite;

namespace Gateway.Budgets.Tests.Idempotency;

public sealed class SqliteIdempotencyTests(SqliteIdempotencyHarness harness) : IdempotencyContract(harness), IClassFixture<SqliteIdempotencyHarness>
{
    [Fact]
    public async Task Reopened_FileOfAnEndedProcess_KeepsAnswers()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "idempotency.db");
        var time = new ManualTime();
        var before = new SqliteIdempotencyStore(path, time);
        await before.ClaimAsync("record", "same", "run", "req", TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));
        await before.AppendAsync("record", "run", 0, "answer"u8.ToArray(), TimeSpan.FromSeconds(10));
        await before.FinishAsync("record", "run", RunState.Complete, TimeSpan.FromHours(1));

        var after = new SqliteIdempotencyStore(path, time);
        Assert.Equal(new IdempotencyClaim(ClaimOutcome.Answered, "run", ""), await after.ClaimAsync("record", "same", "next", "req", TimeSpan.FromSeconds(10), TimeSpan.FromHours(1)));
        Assert.Equal("answer"u8.ToArray(), Assert.Single((await after.ReadAsync("record", "run", 0)).Parts).ToArray());
    }

    [Fact]
    public async Task File_ThatAnotherKeepsLocked_IsUnavailableSoon()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "idempotency.db");
        var store = new SqliteIdempotencyStore(path, new ManualTime());
        await store.ClaimAsync("first", "same", "run", "req", TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));
        using var other = new SqliteConnection($"Data Source={path};Pooling=False");
        other.Open();
        using var transaction = other.BeginTransaction(deferred: false);

        // A step runs in the caller's thread.
        await Task.Run(() => Assert.ThrowsAsync<StoreUnavailableException>(
            async () => await store.ClaimAsync("second", "same", "run", "req", TimeSpan.FromSeconds(10), TimeSpan.FromHours(1)))).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task File_ThatIsNone_IsSaidByItsNameAlone()
    {
        using var folder = new TempFolder();
        var path = folder.Write("idempotency.db", new string('x', 4096));
        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(
            async () => await new SqliteIdempotencyStore(path, new ManualTime()).ClaimAsync("record", "same", "run", "req", TimeSpan.FromSeconds(10), TimeSpan.FromHours(1)));
        Assert.StartsWith("The file idempotency.db cannot be used: ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Path, exception.Message, StringComparison.Ordinal);
    }
}

public sealed class SqliteIdempotencyHarness : IdempotencyHarness
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private SqliteIdempotencyStore _store = null!;

    public override IReadOnlyList<IIdempotencyStore> Gateways => [_store];

    public override Task AdvanceAsync(string record, TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    public override ValueTask InitializeAsync()
    {
        _store = new SqliteIdempotencyStore(Path.Combine(_folder.Path, "data", "idempotency.db"), _time);
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
