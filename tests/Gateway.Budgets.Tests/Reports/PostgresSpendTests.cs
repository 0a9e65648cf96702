using Gateway.Budgets.Sql;
using Gateway.Budgets.Tests.Sql;

namespace Gateway.Budgets.Tests.Reports;

public sealed class PostgresSpendTests(PostgresFixture postgres) : SpendContract, IClassFixture<PostgresFixture>
{
    protected override async Task<LedgerOptions?> NewOptionsAsync() => new LedgerOptions { Connection = await postgres.Server.CreateDatabaseAsync() };
}
