using System.Diagnostics;
using Gateway.Testing;
using Microsoft.Data.Sqlite;
using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Embedded;

/// <summary>What only the embedded store does.</summary>
public sealed class SqliteBudgetStoreTests : IDisposable
{
    private const string Partition = "acme";

    private readonly TempFolder _folder = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "budgets.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_Again_KeepsWhatWasSettledAndGivesHoldsBack()
    {
        var settled = Reservation(Partition, "r1", Month.Hard(100, 60));
        SettleResult first;
        await using (var store = Open())
        {
            await store.ReserveAsync(settled);
            await store.ReserveAsync(Reservation(Partition, "r2", Month.Hard(100, 40)));
            first = await store.SettleAsync(settled.At(25));
        }

        await using var again = Open();

        Assert.Equal(new(Month, 25, 0), await again.ReadAsync(Partition, Month));
        Assert.IsType<ReserveResult.AlreadySettled>(await again.ReserveAsync(settled));
        Assert.Equivalent(first.Record, (await again.SettleAsync(settled.At(25))).Record, strict: true);
        await again.AssertAgreesAsync(Partition, Month);
        Assert.Equal([Partition], await again.ReadPartitionsAsync());
    }

    [Fact]
    public async Task Settle_FileThatAnotherKeepsLocked_FailsSoonAndIsDoneOnceItIsFree()
    {
        await using var store = Open();
        var reservation = Reservation(Partition, "r1", Month.Hard(100, 60));
        await store.ReserveAsync(reservation);
        using (var other = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            other.Open();
            using var transaction = other.BeginTransaction(deferred: false);

            await Assert.ThrowsAsync<BudgetStoreException>(() => store.SettleAsync(reservation.At(25)).WaitAsync(TimeSpan.FromSeconds(10)));
        }

        await store.SettleAsync(reservation.At(25));

        Assert.Equal(new(Month, 25, 0), await store.ReadAsync(Partition, Month));
        await store.AssertAgreesAsync(Partition, Month);
    }

    [Fact]
    public async Task Open_FileInUse_IsRefusedWithTheWayOut()
    {
        await using var store = Open();

        var exception = Assert.Throws<IOException>(Open);

        Assert.Contains(Path, exception.Message, StringComparison.Ordinal);
        Assert.Contains("a file of its own", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefusedAndLeftAlone()
    {
        await Open().DisposeAsync();
        Execute("PRAGMA user_version = 2");

        var exception = Assert.Throws<BudgetStoreException>(Open);

        Assert.Contains("schema version 2", exception.Message, StringComparison.Ordinal);
        Assert.Equal(2L, Execute("PRAGMA user_version"));
    }

    [Fact]
    public void Open_NoSqliteFile_IsRefused()
    {
        File.WriteAllText(Path, new string('x', 5000));

        var exception = Assert.Throws<BudgetStoreException>(Open);

        Assert.Contains(Path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settle_FileCannotBeWritten_HoldsStayAndTheSameCallWorksLater()
    {
        await using var store = Open();
        var reservation = Reservation(Partition, "r1", Month.Hard(100, 60));
        await store.ReserveAsync(reservation);
        Execute("ALTER TABLE counters RENAME TO gone");

        var exception = await Assert.ThrowsAsync<BudgetStoreException>(() => store.SettleAsync(reservation.At(25)));
        Assert.True(exception.MayBeDone);
        Execute("ALTER TABLE gone RENAME TO counters");

        Assert.Equal(new(Month, 0, 60), await store.ReadAsync(Partition, Month));
        Assert.False((await store.SettleAsync(reservation.At(25))).IsRepeated);
        Assert.Equal(new(Month, 25, 0), await store.ReadAsync(Partition, Month));
        await store.AssertAgreesAsync(Partition, Month);
    }

    [Fact]
    public async Task Settle_CommitThatFailedIsOnTheDiskAfterAll_IsCountedOnce()
    {
        await using var store = Open();
        var lost = Reservation(Partition, "lost", Month.Hard(100, 60));
        await store.ReserveAsync(lost);

        // As after a commit whose end the process did not see: the file has it, the memory does not.
        Execute("ALTER TABLE partitions RENAME TO gone");
        await Assert.ThrowsAsync<BudgetStoreException>(() => store.SettleAsync(lost.At(25)));
        Execute("ALTER TABLE gone RENAME TO partitions");
        string entry = LedgerFormat.WriteEntry(Entry("lost", 25));
        Execute($"INSERT INTO ledger (partition, request, version, held, charges, entry) VALUES ('{Partition}', 'lost', 1, 1, '{Month} 25 25', '{entry}')");
        Execute($"INSERT INTO counters VALUES ('{Partition}', '{Month}', 25, {long.MaxValue})");

        Assert.True((await store.SettleAsync(lost.At(25))).IsRepeated);

        Assert.Equal(new(Month, 25, 0), await store.ReadAsync(Partition, Month));
        await store.AssertAgreesAsync(Partition, Month);
    }

    [Fact]
    public async Task Dispose_SettlementsWaiting_AreWritten()
    {
        var store = Open();
        var settling = Enumerable.Range(0, 1_000).Select(i => store.SettleAsync(Reservation(Partition, $"r{i}", Month.Soft(0, 1)).At(1))).ToList();

        await store.DisposeAsync();

        Assert.All(await Task.WhenAll(settling), result => Assert.False(result.IsRepeated));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.SettleAsync(Reservation(Partition, "late").At()));
        await using var again = Open();
        Assert.Equal(1_000, (await again.ReadAsync(Partition, Month)).Spent);
    }

    [Fact]
    public async Task Trap5_Kill_InTheMiddleOfSettlements_WhatWasAcknowledgedIsThereAndTheSumsAgree()
    {
        for (int round = 0; round < 3; round++)
        {
            var acknowledged = await SettleUntilKilledAsync(requests: 200 * (round + 1));

            await using var store = Open();
            var ledger = (await store.LedgerAsync(SettlingProcess.Partition)).Select(record => record.Entry.RequestId).ToHashSet();
            Assert.Superset(acknowledged, ledger);
            await store.AssertAgreesAsync(SettlingProcess.Partition, Month, Day);
            Assert.Equal("ok", Execute("PRAGMA integrity_check"));
            Assert.Equal([0, 0], (await store.ReadAsync(SettlingProcess.Partition, [Month, Day])).Select(state => state.Held));
        }
    }

    /// <summary>Has another process settle, kills it after so many acknowledgements, and returns all that came.</summary>
    private async Task<HashSet<string>> SettleUntilKilledAsync(int requests)
    {
        string tests = System.IO.Path.Combine(AppContext.BaseDirectory, "Gateway.Budgets.Tests.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [tests, SettlingProcess.Verb, Path]) { RedirectStandardOutput = true })!;
        HashSet<string> acknowledged = [];
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            while (acknowledged.Count < requests && await process.StandardOutput.ReadLineAsync(limit.Token) is { } request)
            {
                acknowledged.Add(request);
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(limit.Token);
        }

        // What was written before it died; its last line may be half of one.
        string rest = await process.StandardOutput.ReadToEndAsync(limit.Token);
        string[] lines = rest.Split('\n');
        acknowledged.UnionWith(lines[..^1]);
        Assert.True(acknowledged.Count >= requests, $"The process ended by itself after {acknowledged.Count} settlements.");
        return acknowledged;
    }

    private SqliteBudgetStore Open() => new(Path, new BudgetStoreOptions(), TimeProvider.System);

    private object? Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
