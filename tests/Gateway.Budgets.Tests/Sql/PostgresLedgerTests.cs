using Gateway.Budgets.Sql;

namespace Gateway.Budgets.Tests.Sql;

public sealed class PostgresLedgerTests(PostgresFixture postgres) : LedgerDatabaseContract, IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Ledger_Truncation_IsRefused()
    {
        var options = await NewOptionsAsync();
        await using var ledger = LedgerDatabase.Open(options, TimeProvider.System);
        await ledger.PrepareAsync();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => postgres.Server.SqlAsync(options.Parse()!.Database!, "TRUNCATE ledger"));

        Assert.Contains("the ledger is append-only", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_ServerIsDown_SaysWhereAndNoPassword()
    {
        await using var ledger = LedgerDatabase.Open(
            new LedgerOptions { Connection = "Host=127.0.0.1;Port=1;Username=u;Password=hunter2;Database=d" }, TimeProvider.System);

        var exception = await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.PrepareAsync());

        Assert.Contains("PostgreSQL 127.0.0.1:1/d cannot be used", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_WithTheRightsOfTheDocumentsOnly_IsPossibleAndChangesAreNot()
    {
        var options = await NewOptionsAsync();
        string database = options.Parse()!.Database!;
        await using (var owner = LedgerDatabase.Open(options, TimeProvider.System))
        {
            await owner.PrepareAsync();
        }

        await postgres.Server.SqlAsync(
            database,
            $"""
            CREATE ROLE writer_{database} LOGIN;
            GRANT SELECT, INSERT ON ledger TO writer_{database};
            GRANT SELECT, INSERT, DELETE ON ledger_rejected TO writer_{database};
            GRANT SELECT ON ledger_schema, ledger_id TO writer_{database};
            """);
        await using var ledger = LedgerDatabase.Open(options with { Connection = options.Connection.Replace("Username=gateway", $"Username=writer_{database}", StringComparison.Ordinal) }, TimeProvider.System);
        await ledger.PrepareAsync();

        var result = await ledger.AppendAsync(
        [
            new IncomingRecord("acme", "1-0", new Dictionary<string, string> { ["v"] = "1", ["held"] = "1", ["charges"] = "", ["entry"] = LedgerFormat.WriteEntry(Samples.Entry("r1")) }),
            new IncomingRecord("acme", "2-0", new Dictionary<string, string>()),
        ]);

        Assert.Equal((1, 1), (result.Added, result.Rejected.Count));
        Assert.Equal(0, await ledger.RetryRejectedAsync());
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => postgres.Server.SqlAsync(database, $"SET ROLE writer_{database}; DELETE FROM ledger"));
        Assert.Contains("permission denied for table ledger", exception.Message, StringComparison.Ordinal);
    }

    protected override async Task<LedgerOptions> NewOptionsAsync() => new() { Connection = await postgres.Server.CreateDatabaseAsync() };
}
