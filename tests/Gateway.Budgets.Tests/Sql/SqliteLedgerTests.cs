using Gateway.Budgets.Sql;
using Gateway.Testing;

namespace Gateway.Budgets.Tests.Sql;

public sealed class SqliteLedgerTests : LedgerDatabaseContract
{
    private readonly TempFolder _folder = new();
    private int _files;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<LedgerOptions> NewOptionsAsync() =>
        Task.FromResult(new LedgerOptions { Path = Path.Combine(_folder.Path, $"new/ledger-{_files++}.db") });
}
