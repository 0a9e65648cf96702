using Gateway.Budgets.Tests.Contract;
using Gateway.Testing;

namespace Gateway.Budgets.Tests.Embedded;

public sealed class SqliteHarness : StoreHarness
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private SqliteBudgetStore _store = null!;

    public override IReadOnlyList<IBudgetStore> Gateways => [_store];

    public override DateTimeOffset Now => _time.GetUtcNow();

    public override Task AdvanceAsync(string partition, TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    public override ValueTask InitializeAsync()
    {
        _store = new SqliteBudgetStore(Path.Combine(_folder.Path, "budgets", "budgets.db"), new BudgetStoreOptions { Memory = Memory }, _time);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }
}
