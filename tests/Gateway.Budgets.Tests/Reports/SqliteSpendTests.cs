using Gateway.Budgets.Sql;

namespace Gateway.Budgets.Tests.Reports;

public sealed class SqliteSpendTests : SpendContract
{
    protected override Task<LedgerOptions?> NewOptionsAsync() => Task.FromResult<LedgerOptions?>(null);
}
