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

    protected override async Task<LedgerOptions> NewOptionsAsync() => new() { Connection = await postgres.Server.CreateDatabaseAsync() };
}
